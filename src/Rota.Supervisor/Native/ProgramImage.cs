using System.Runtime.InteropServices;
using System.Text;

namespace Rota.Supervisor.Native;

/// <summary>This program as the system knows it, and putting another in its place.</summary>
internal static unsafe partial class ProgramImage
{
    private const string Deleted = " (deleted)";

    /// <summary>The words that this program was started with, the first of which is its name.</summary>
    public static string[] CommandLine() =>
        Encoding.UTF8.GetString(File.ReadAllBytes("/proc/self/cmdline")).TrimEnd('\0').Split('\0');

    /// <summary>The path of its file; when that was replaced meanwhile, of the new one.</summary>
    public static string Path()
    {
        var path = File.ResolveLinkTarget("/proc/self/exe", returnFinalTarget: false)!.FullName;
        return path.EndsWith(Deleted, StringComparison.Ordinal) ? path[..^Deleted.Length] : path;
    }

    /// <summary>Puts a program in the place of this one: same pid, same children, and the descriptors that do not
    /// close.
    /// </summary>
    /// <returns>Only when it failed: the error.</returns>
    public static int Replace(string path, IReadOnlyList<string> arguments, IReadOnlyList<string> environment)
    {
        using var argv = new NativeStrings(arguments);
        using var envp = new NativeStrings(environment);
        _ = ExecuteCall(path, argv.Pointers, envp.Pointers);
        return Errno.Last;
    }

    /// <summary>An empty file in memory, without a name.</summary>
    public static int MemoryFile(string label)
    {
        var descriptor = MemoryCall(label, 1);
        return descriptor >= 0 ? descriptor : throw new SystemCallException("memfd_create");
    }

    [LibraryImport("libc", EntryPoint = "execve", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ExecuteCall(string path, byte** arguments, byte** environment);

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true,
        StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MemoryCall(string label, uint flags);
}
