using System.Text.RegularExpressions;
using Rota.Jobs;
using Rota.Web.Console.Parts;

namespace Rota.Web.Console.Jobs;

/// <summary>Jobs of one kind that failed in the same way.</summary>
/// <param name="Text">Their errors' first line, with a sign in place of what differs from job to job.</param>
/// <param name="Jobs">Newest first, at least one.</param>
public sealed record ErrorGroup(string Kind, string Text, IReadOnlyList<Job> Jobs)
{
    public const int Hours = 24;

    public Job Newest => Jobs[0];

    /// <summary>How many failed in each of the last hours, the current one last.</summary>
    public IReadOnlyList<int> Trend(DateTimeOffset now)
    {
        var counts = new int[Hours];
        foreach (var at in Jobs.Select(job => job.EndedAt))
        {
            var ago = (int)Math.Floor((now - at.GetValueOrDefault()).TotalHours);
            if (ago is >= 0 and < Hours)
                counts[Hours - 1 - ago]++;
        }
        return counts;
    }

    /// <summary>The longest piece that all their errors have, to look for in the list of jobs.</summary>
    public string Common => Text.Split(ErrorGroups.Differs).MaxBy(piece => piece.Length)!.Trim();
}

/// <summary>Puts errors together that differ only in numbers, ids, addresses and the like.</summary>
public static partial class ErrorGroups
{
    public const char Differs = '…';

    private const int LengthMax = 200;

    /// <summary>The largest group first.</summary>
    /// <param name="failed">Newest first.</param>
    public static IReadOnlyList<ErrorGroup> Of(IEnumerable<Job> failed) =>
        [.. failed.GroupBy(job => (job.Kind, Text: TextOf(job)))
            .Select(group => new ErrorGroup(group.Key.Kind, group.Key.Text, [.. group]))
            .OrderByDescending(group => group.Jobs.Count).ThenByDescending(group => group.Newest.Id.Value)];

    private static string TextOf(Job job) =>
        job.Error is { Length: > 0 } error ? Normalize(error) : Api.Words.Of(job.Reason);

    /// <summary>The first line of an error, without what differs from one time to the other.</summary>
    public static string Normalize(string error)
    {
        var line = error.AsSpan().TrimStart();
        var end = line.IndexOfAny('\r', '\n');
        var text = VisibleText.Of((end < 0 ? line : line[..end]).ToString(), 10 * LengthMax);
        text = Different().Replace(text, Differs.ToString());
        return text.Length > LengthMax ? text[..LengthMax].TrimEnd() + Differs : text;
    }

    // A UUID; a hash or a long hexadecimal number; a number, also with a unit or in an address of the network. The code
    // of a protocol says what went wrong, and stays.
    [GeneratedRegex(
        @"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b(?=[a-f]*[0-9])[0-9a-f]{8,}\b|\b0x[0-9a-f]+\b"
        + @"|(?<!^|(http|status|code|error)[ :=]+)\b\d+([.:,]\d+)*",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase,
        matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Different();
}
