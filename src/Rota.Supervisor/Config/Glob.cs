namespace Rota.Supervisor.Config;

/// <summary>File names by pattern, as Python's glob: `*`, `?`, `[a-z]`, `[!a]`, in any part of the path; names that
/// begin with a dot only where the pattern does.</summary>
internal static class Glob
{
    /// <summary>Sorted by their letters' numbers; empty when nothing is there.</summary>
    /// <param name="pattern">An absolute path.</param>
    public static IReadOnlyList<string> Find(string pattern)
    {
        IEnumerable<string> found = ["/"];
        foreach (var part in pattern.Split('/', StringSplitOptions.RemoveEmptyEntries))
            found = found.SelectMany(directory => Children(directory, part));
        return found.Where(Path.Exists).Order(StringComparer.Ordinal).ToList();
    }

    public static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name)
    {
        // A star that failed is tried one letter further; the last star is enough to return to.
        var (star, retry) = (-1, 0);
        var (at, letter) = (0, 0);
        while (letter < name.Length)
        {
            if (at < pattern.Length && pattern[at] == '*')
            {
                (star, retry) = (at++, letter);
            }
            else if (at < pattern.Length && MatchOne(pattern[at..], name[letter]) is > 0 and var length)
            {
                at += length;
                letter++;
            }
            else if (star >= 0)
            {
                (at, letter) = (star + 1, ++retry);
            }
            else
            {
                return false;
            }
        }
        return pattern[at..].TrimStart('*').IsEmpty;
    }

    private static List<string> Children(string directory, string part)
    {
        if (part.AsSpan().IndexOfAny('*', '?', '[') < 0)
            return [Path.Combine(directory, part)];
        try
        {
            return Directory.EnumerateFileSystemEntries(directory).Where(entry =>
                (entry[(entry.LastIndexOf('/') + 1)..] is var name) && (name[0] != '.' || part[0] == '.')
                && Matches(part, name)).ToList();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>How much of the pattern the letter used up; 0 when it does not match.</summary>
    private static int MatchOne(ReadOnlySpan<char> pattern, char letter)
    {
        if (pattern[0] == '?')
            return 1;
        var negated = pattern.Length > 1 && pattern[1] == '!';
        var start = negated ? 2 : 1;
        // A bracket first in the set stands for itself; a set without an end is a plain bracket.
        var end = pattern[0] == '[' && pattern.Length > start + 1 ? pattern[(start + 1)..].IndexOf(']') : -1;
        if (end < 0)
            return pattern[0] == letter ? 1 : 0;
        end += start + 1;
        return Contains(pattern[start..end], letter) != negated ? end + 1 : 0;
    }

    private static bool Contains(ReadOnlySpan<char> set, char letter)
    {
        for (var index = 0; index < set.Length; index++)
        {
            var isRange = index + 2 < set.Length && set[index + 1] == '-';
            if (isRange ? letter >= set[index] && letter <= set[index + 2] : letter == set[index])
                return true;
            if (isRange)
                index += 2;
        }
        return false;
    }
}
