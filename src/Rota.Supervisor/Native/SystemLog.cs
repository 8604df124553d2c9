using System.Runtime.InteropServices;

namespace Rota.Supervisor.Native;

/// <summary>The system's log, at the priority and facility that Python's syslog takes by default.</summary>
internal static partial class SystemLog
{
    private const int InfoOfUser = 6 | 8;

    public static void Write(string line) => WriteCall(InfoOfUser, "%s", line);

    [LibraryImport("libc", EntryPoint = "syslog", StringMarshalling = StringMarshalling.Utf8)]
    private static partial void WriteCall(int priority, string format, string line);
}
