using Rota.Supervisor.Native;

namespace Rota.Supervisor.Logs;

/// <summary>A log that grows and is rotated by size; owned by the output thread.</summary>
/// <remarks>
/// Rotation comes after the write that reaches the limit, so a file may be larger by one write, as supervisor's.
/// Only regular files are rotated, cleared or opened again; `/dev/stdout` and pipes are just written to. A file that
/// somebody removed is made anew, a renamed one is followed until it is reopened, which is what log rotation expects.
/// </remarks>
internal sealed class LogFile(string path, long maxBytes, int backups, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan RemovalCheck = TimeSpan.FromSeconds(1);

    private int _descriptor = -1;
    private long _size;
    private bool _isRegular;
    private long _checked;
    private int _writers;

    public string Path => path;

    public bool IsOpen => _descriptor >= 0;

    /// <summary>Whole lines are written to it, and none is to stand in two files.</summary>
    public bool KeepsLines { get; init; }

    /// <summary>Gives back the space of what falls out. Default: of its own; all logs of a daemon share one.</summary>
    public FileRemoval Removal { get; init; } = new();

    /// <summary>A descriptor for <see cref="Adopt"/>, from any thread.</summary>
    /// <exception cref="SystemCallException">It cannot be opened.</exception>
    public static int OpenPath(string path, int mode = 0b110_110_110)
    {
        const int flags = Descriptors.WriteOnly | Descriptors.Append | Descriptors.Create;
        var descriptor = Descriptors.Open(path, flags, mode);
        // A socket cannot be opened by its name; that one is ours already.
        if (descriptor < 0 && Errno.Last == Errno.NoDevice && OwnDescriptor(path) is { } own)
            descriptor = Descriptors.Duplicate(own);
        return descriptor >= 0 ? descriptor : throw new SystemCallException($"open {path}");
    }

    /// <summary>One more run of the process writes here, through what it has just opened.</summary>
    public void Join(int descriptor)
    {
        _writers++;
        Adopt(descriptor);
    }

    /// <summary>A run is over. With the last one the file is closed.</summary>
    public void Leave()
    {
        if (--_writers == 0)
            Dispose();
    }

    /// <summary>Writes to this descriptor from now on.</summary>
    public void Adopt(int descriptor)
    {
        Descriptors.Close(_descriptor);
        _descriptor = descriptor;
        _isRegular = Files.IsRegular(descriptor);
        _size = _isRegular ? Descriptors.End(descriptor) : 0;
        _checked = time.GetTimestamp();
    }

    /// <summary>Writes as much as the system takes: fewer than all only with an error to report.</summary>
    /// <param name="error">0, or why it stopped; with all bytes written, why the file could not be rotated.</param>
    public int Write(ReadOnlySpan<byte> bytes, out int error)
    {
        error = 0;
        if (!IsOpen)
            return bytes.Length;
        ReplaceIfRemoved();
        var written = 0;
        while (written < bytes.Length)
        {
            var count = Descriptors.Write(_descriptor, bytes[written..]);
            if (count < 0)
            {
                error = Errno.Last;
                break;
            }
            written += count;
        }
        _size += written;
        // Where lines stay whole, what the disk has cut waits for its rest.
        var isCut = KeepsLines && written < bytes.Length;
        if (_isRegular && maxBytes > 0 && _size >= maxBytes && !isCut && !TryRotate())
            error = Errno.InputOutput;
        return written;
    }

    /// <summary>Opens its name again: after somebody moved the file away.</summary>
    public void Reopen()
    {
        if (IsOpen && _isRegular)
            Adopt(OpenPath(path));
    }

    /// <summary>Removes the file; an open one goes on with an empty file of its name.</summary>
    public void Clear()
    {
        if (!IsOpen)
        {
            // Empty rather than gone: whoever reads it next finds nothing, not an error.
            if (Files.Mode(path) is { } mode && Files.IsRegularMode(mode))
                File.WriteAllBytes(path, []);
            return;
        }
        if (!_isRegular)
            return;
        File.Delete(path);
        Adopt(OpenPath(path));
    }

    public void Dispose()
    {
        Descriptors.Close(_descriptor);
        _descriptor = -1;
    }

    private bool TryRotate()
    {
        // The file may have been cut meanwhile by somebody who rotates by copying.
        _size = Descriptors.Position(_descriptor);
        if (_size < maxBytes)
            return true;
        var oldest = FileRemoval.Keep(backups == 0 ? path : $"{path}.{backups}");
        try
        {
            for (var number = backups; number > 0; number--)
            {
                var (from, to) = (number == 1 ? path : $"{path}.{number - 1}", $"{path}.{number}");
                if (!File.Exists(from))
                    continue;
                // So that no move replaces a file: ext4 writes out at once what replaces another.
                File.Delete(to);
                File.Move(from, to, overwrite: true);
            }
            if (backups == 0)
                File.Delete(path);
            Adopt(OpenPath(path));
            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The old file goes on, and the next try comes when it has grown by as much again.
            _size = 0;
            return false;
        }
        finally
        {
            Removal.Finish(oldest);
        }
    }

    private void ReplaceIfRemoved()
    {
        if (!_isRegular || time.GetElapsedTime(_checked) < RemovalCheck)
            return;
        _checked = time.GetTimestamp();
        if (Files.IsRemoved(_descriptor))
            Adopt(OpenPath(path));
    }

    private static int? OwnDescriptor(string path) => path switch
    {
        "/dev/stdout" => 1,
        "/dev/stderr" => 2,
        _ => path.StartsWith("/dev/fd/", StringComparison.Ordinal) && int.TryParse(path[8..], out var number)
            ? number
            : null,
    };
}
