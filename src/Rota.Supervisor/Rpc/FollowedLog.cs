using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Rota.Supervisor.Rpc;

/// <summary>A log from its last kilobyte on, across rotations, until nobody listens.</summary>
/// <remarks>Looks every tenth of a second. A file that is shorter than before was emptied: that is said, and it is read
/// from its start. Another file under the same name is taken once all of the old one was sent.</remarks>
internal sealed partial class FollowedLog : IDisposable
{
    private const int Head = 1024;
    private const int PieceBytes = 64 * 1024;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    private readonly string _path;
    private SafeFileHandle _file;
    private ulong _identity;
    private long _offset;

    private FollowedLog(string path)
    {
        _path = path;
        _file = OpenFile(path);
        _identity = Identity(path);
        _offset = Math.Max(0, RandomAccess.GetLength(_file) - Head);
    }

    public DateTime Changed => File.GetLastWriteTimeUtc(_path);

    /// <summary>Null when there is no such file.</summary>
    public static FollowedLog? Open(string path)
    {
        try
        {
            return File.Exists(path) ? new FollowedLog(path) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public void Dispose() => _file.Dispose();

    public async Task FollowAsync(HttpResponder responder, TimeProvider time, CancellationToken stop)
    {
        using var closed = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var leaving = CancelWhenClosedAsync(responder, closed);
        try
        {
            while (!closed.IsCancellationRequested)
            {
                await SendNewAsync(responder, closed.Token);
                await Task.Delay(Look, time, closed.Token);
            }
        }
        catch (OperationCanceledException)
        {
        }
        finally
        {
            await closed.CancelAsync();
            await leaving;
        }
    }

    private static async Task CancelWhenClosedAsync(HttpResponder responder, CancellationTokenSource closed)
    {
        try
        {
            await responder.WaitForCloseAsync(closed.Token);
        }
        catch (Exception error) when (error is OperationCanceledException or IOException
            or System.Net.Sockets.SocketException)
        {
        }
        await closed.CancelAsync();
    }

    private async Task SendNewAsync(HttpResponder responder, CancellationToken stop)
    {
        var buffer = new byte[PieceBytes];
        while (true)
        {
            if (RandomAccess.GetLength(_file) < _offset)
            {
                _offset = 0;
                await responder.SendPieceAsync("==> File truncated <==\n"u8.ToArray());
            }
            var count = await RandomAccess.ReadAsync(_file, buffer, _offset, stop);
            if (count == 0 && !OpenNext())
                return;
            if (count == 0)
                continue;
            _offset += count;
            await responder.SendPieceAsync(buffer.AsMemory(0, count));
        }
    }

    /// <summary>Takes the file that stands under the name now; false when it is still the same, or none.</summary>
    private bool OpenNext()
    {
        if (Identity(_path) is var identity && (identity == 0 || identity == _identity))
            return false;
        try
        {
            var next = OpenFile(_path);
            _file.Dispose();
            (_file, _identity, _offset) = (next, identity, 0);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static SafeFileHandle OpenFile(string path) =>
        File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);

    /// <summary>The inode's number; 0 when nothing is there.</summary>
    private static unsafe ulong Identity(string path)
    {
        const int currentDirectory = -100, wantsInode = 0x100, inodeOffset = 32;
        var status = stackalloc byte[256];
        return Statx(currentDirectory, path, 0, wantsInode, status) == 0 ? *(ulong*)(status + inodeOffset) : 0;
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Statx(int directory, string path, int flags, uint mask, byte* status);
}
