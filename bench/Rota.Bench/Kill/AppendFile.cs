using System.Runtime.InteropServices;
using System.Text;

namespace Rota.Bench;

/// <summary>A file that takes whole lines at its end, each with one system call: what was written outlives a
/// kill.</summary>
internal sealed unsafe partial class AppendFile : IDisposable
{
    private const int WriteOnly = 0x1, Create = 0x40, Append = 0x400;

    private readonly int _file;

    public AppendFile(string path)
    {
        _file = Open(path, WriteOnly | Create | Append, Convert.ToInt32("644", 8));
        if (_file < 0)
            throw new IOException($"{path} cannot be opened: error {Marshal.GetLastPInvokeError()}.");
    }

    public void Add(string line)
    {
        var bytes = Encoding.ASCII.GetBytes(line + "\n");
        fixed (byte* start = bytes)
        {
            if (Write(_file, start, bytes.Length) != bytes.Length)
                throw new IOException($"A line was not written: error {Marshal.GetLastPInvokeError()}.");
        }
    }

    public void Dispose() => _ = Close(_file);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int file, byte* bytes, nint count);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int file);
}
