using Rota.Supervisor.Processes;

namespace Rota.Supervisor.Logs;

/// <summary>Reads parts of logs for the API, with supervisor's meaning of offset and length.</summary>
internal static class LogReader
{
    private const int MostAtOnce = 64 * 1024 * 1024;

    /// <summary>A negative offset with length 0 is the last bytes; length 0 is to the end.</summary>
    /// <exception cref="SupervisorFault">NO_FILE, BAD_ARGUMENTS, FAILED.</exception>
    public static byte[] Read(string? path, long offset, long length)
    {
        if (string.IsNullOrEmpty(path) || !File.Exists(path))
            throw new SupervisorFault(FaultCode.NoFile, path is "" ? null : path);
        if (length < 0 || offset < 0 && length != 0)
            throw new SupervisorFault(FaultCode.BadArguments);
        try
        {
            using var file = Open(path);
            var start = offset < 0 ? Math.Max(file.Length + offset, 0) : offset;
            var wanted = offset < 0 ? -offset : length == 0 ? long.MaxValue : length;
            return ReadAt(file, start, wanted);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new SupervisorFault(FaultCode.Failed);
        }
    }

    /// <summary>Empty, at the offset asked for, where the file cannot be read.</summary>
    public static LogTail Tail(string? path, long offset, long length)
    {
        if (string.IsNullOrEmpty(path) || !File.Exists(path))
            return new([], 0, false);
        try
        {
            using var file = Open(path);
            var size = file.Length;
            var overflow = size > offset + length;
            if (overflow)
                offset = size - 1;
            if (offset + length > size)
            {
                if (offset > size - 1)
                    length = 0;
                offset = size - length;
            }
            return new(ReadAt(file, Math.Max(offset, 0), Math.Max(length, 0)), size, overflow);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new([], offset, false);
        }
    }

    private static FileStream Open(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

    private static byte[] ReadAt(FileStream file, long start, long wanted)
    {
        var count = Math.Min(Math.Max(file.Length - start, 0), wanted);
        // One answer of the API is one piece of memory; who wants more reads on.
        var bytes = new byte[Math.Min(count, MostAtOnce)];
        file.Position = start;
        var read = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return read == bytes.Length ? bytes : bytes[..read];
    }
}
