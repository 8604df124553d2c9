using System.Buffers;
using Rota.Supervisor.Native;

namespace Rota.Supervisor.Logs;

/// <summary>Logs that a program gets without naming any: `cat-stdout---supervisor-x1y2z3a4.log` in `childlogdir`.
/// </summary>
internal static class AutoLogs
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyz0123456789_";
    private const int OwnerOnly = 0b110_000_000;
    private const int Attempts = 100;

    private static readonly SearchValues<char> Blanks = SearchValues.Create(" \t\n\r\f\v");

    /// <summary>Makes an empty file that only we may read, and returns its path.</summary>
    /// <exception cref="SystemCallException">The folder cannot be written.</exception>
    public static string Create(string folder, string process, string identifier, OutputChannel channel)
    {
        const int flags = Descriptors.WriteOnly | Descriptors.Create | Descriptors.Exclusive;
        var random = new Random();
        for (var attempt = 1; ; attempt++)
        {
            var unique = new string(random.GetItems<char>(Letters, 8));
            var word = channel.Word;
            var path = Path.Combine(folder, $"{process}-{word}---{identifier}-{unique}.log");
            var descriptor = Descriptors.Open(path, flags, OwnerOnly);
            if (descriptor < 0 && (Errno.Last != Errno.Exists || attempt == Attempts))
                throw new SystemCallException($"open {path}");
            if (descriptor < 0)
                continue;
            Descriptors.Close(descriptor);
            return path;
        }
    }

    /// <summary>Removes those that an earlier run of the same identifier left, with their rotated parts.</summary>
    public static void Clean(string folder, string identifier, MainLog log)
    {
        if (!Directory.Exists(folder))
        {
            log.Warn("Could not clear childlog dir");
            return;
        }
        foreach (var path in Directory.EnumerateFiles(folder).Where(path => IsAuto(Path.GetFileName(path), identifier)))
        {
            try
            {
                File.Delete(path);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                log.Warn($"Failed to clean up '{path}'");
            }
        }
    }

    /// <summary>Supervisor's pattern `.+?---IDENTIFIER-\S+\.log`, and whatever follows.</summary>
    internal static bool IsAuto(string name, string identifier)
    {
        var mark = $"---{identifier}-";
        for (var at = name.IndexOf(mark, Math.Min(1, name.Length), StringComparison.Ordinal); at > 0;
             at = name.IndexOf(mark, at + 1, StringComparison.Ordinal))
        {
            var rest = name.AsSpan(at + mark.Length);
            var end = rest.IndexOf(".log");
            if (end > 0 && !rest[..end].ContainsAny(Blanks))
                return true;
        }
        return false;
    }
}
