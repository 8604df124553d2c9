using System.Globalization;
using System.Text;

namespace Rota.Supervisor.Native;

/// <summary>What names a process beyond its number, which the system gives away again.</summary>
internal static class ProcessStat
{
    private const int TicksPerSecond = 100;
    private const int LongestStat = 1024;

    /// <summary>Differs after each start of the machine; empty where the system does not tell.</summary>
    public static string Boot => ReadText("/proc/sys/kernel/random/boot_id").Trim();

    /// <summary>When it began: a hundredth of a second after the machine's start. Null when nothing lives by that
    /// number; a zombie does not.</summary>
    public static long? StartOf(int pid)
    {
        const int stateAt = 0, startAt = 19;
        // The name before the bracket may hold blanks and brackets.
        var text = ReadText($"/proc/{pid}/stat");
        var fields = text[(text.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > startAt && fields[stateAt] is not ("Z" or "X")
            ? long.Parse(fields[startAt], CultureInfo.InvariantCulture)
            : null;
    }

    /// <summary>How long ago that was.</summary>
    /// <param name="start">From <see cref="StartOf"/>.</param>
    public static TimeSpan AgeOf(long start)
    {
        var uptime = ReadText("/proc/uptime").Split(' ')[0];
        var age = double.Parse(uptime, CultureInfo.InvariantCulture) - start / (double)TicksPerSecond;
        return TimeSpan.FromSeconds(Math.Max(0, age));
    }

    private static string ReadText(string path)
    {
        var descriptor = Descriptors.Open(path, Descriptors.ReadOnly);
        if (descriptor < 0)
            return "";
        Span<byte> buffer = stackalloc byte[LongestStat];
        var count = Descriptors.Read(descriptor, buffer);
        Descriptors.Close(descriptor);
        return count > 0 ? Encoding.UTF8.GetString(buffer[..count]) : "";
    }
}
