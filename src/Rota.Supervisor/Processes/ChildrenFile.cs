using System.Text;
using Microsoft.Win32.SafeHandles;
using Rota.Supervisor.Native;

namespace Rota.Supervisor.Processes;

/// <summary>The children that live, in a file beside the pid file: what a daemon that is killed leaves behind is found
/// again by the next one.</summary>
/// <remarks>
/// It is written by the output thread, at most ten times a second however many start, and put in its place by renaming,
/// so that a reader finds it whole. It is not forced to the disk: whatever takes the machine down takes the children
/// with it. What started within the last tenth of a second before a kill is not in it. Without children there is none.
/// </remarks>
internal sealed class ChildrenFile(string path, ProcessSurroundings around, ProcessTable table) : IDisposable
{
    private const long LargestFile = 16 * 1024 * 1024;
    private const UnixFileMode OwnerAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private static readonly TimeSpan BetweenWrites = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan BeforeRetry = TimeSpan.FromSeconds(5);

    private bool _isDue;
    private bool _isReported;
    private volatile bool _hasFailed;

    /// <summary>On the loop thread: a child has come or gone.</summary>
    public void Change()
    {
        if (_isDue)
            return;
        _isDue = true;
        around.Loop.After(BetweenWrites, () =>
        {
            _isDue = false;
            Write();
            around.Loop.After(BeforeRetry, Retry);
        });
    }

    /// <summary>After the loop's end: what lives now is the last word.</summary>
    public void Dispose() => Write();

    /// <summary>Null when there is none.</summary>
    /// <exception cref="InvalidDataException">It cannot be understood, or others than this user may have written it.
    /// </exception>
    public static ChildrenOfDaemon? Read(string path)
    {
        try
        {
            // What somebody put there must neither lead elsewhere nor keep us waiting.
            const int plain = Descriptors.ReadOnly | Descriptors.NonBlocking;
            var descriptor = Descriptors.Open(path, plain | Descriptors.NoFollow);
            if (descriptor < 0)
                return Errno.Last == Errno.NotFound ? null : throw new SystemCallException("open");
            using var file = new FileStream(new SafeFileHandle(descriptor, ownsHandle: true), FileAccess.Read);
            if (!Files.IsOwn(descriptor) || file.Length > LargestFile)
                throw new InvalidDataException("it is another user's, or others can write it");
            using var reader = new StreamReader(file);
            return ChildrenOfDaemon.Parse(reader.ReadToEnd());
        }
        catch (IOException error)
        {
            throw new InvalidDataException(error.Message, error);
        }
    }

    private void Retry()
    {
        if (_hasFailed)
            Change();
    }

    private void Write()
    {
        var children = table.All.Select(process => process.Run?.Record).OfType<ChildRecord>().ToList();
        around.Output.Loop.Post(() => Replace(children));
    }

    private void Replace(List<ChildRecord> children)
    {
        var temporary = $"{path}.{Environment.ProcessId}";
        try
        {
            if (children.Count == 0)
            {
                File.Delete(path);
                return;
            }
            var pid = Environment.ProcessId;
            File.Delete(temporary);
            using (var file = new FileStream(temporary, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = OwnerAlone,
            }))
            {
                var all = new ChildrenOfDaemon(ProcessStat.Boot, pid, ProcessStat.StartOf(pid) ?? 0, children);
                file.Write(Encoding.UTF8.GetBytes(all.ToText()));
            }
            File.Move(temporary, path, overwrite: true);
            _isReported = _hasFailed = false;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            if (!_isReported)
                around.Log.Warn($"after a crash nothing would be known of what is left: {error.Message}");
            _isReported = _hasFailed = true;
        }
    }
}
