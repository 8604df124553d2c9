using System.Text.RegularExpressions;
using Rota.Supervisor.Config;

namespace Rota.Supervisor.Logs;

/// <summary>What is looked for in a log.</summary>
/// <param name="Pattern">Of .NET's regular expressions those without look-around and back references, which take no
/// more time than the text is long.</param>
/// <param name="Context">Lines before and after each found one, 0 to <see cref="ContextMax"/>.</param>
/// <param name="Limit">The newest so many are kept, 1 to <see cref="LimitMax"/>.</param>
internal sealed record LogQuery(Regex Pattern, int Context, int Limit)
{
    public const int ContextMax = 20;
    public const int LimitMax = 1_000;
    private const int PatternLengthMax = 1_000;

    private static readonly TimeSpan LineTimeMax = TimeSpan.FromSeconds(1);

    /// <exception cref="ValueException">One of them is out of its range, or no pattern.</exception>
    public static LogQuery Of(string pattern, bool ignoresCase, long context, long limit)
    {
        if (pattern.Length is 0 or > PatternLengthMax)
            throw new ValueException("pattern is empty or too long", $"write 1 to {PatternLengthMax} letters");
        if (context is < 0 or > ContextMax)
            throw new ValueException($"context {context} is out of range", $"write 0 to {ContextMax} lines");
        if (limit is < 1 or > LimitMax)
            throw new ValueException($"limit {limit} is out of range", $"write 1 to {LimitMax} lines");
        var options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant
            | (ignoresCase ? RegexOptions.IgnoreCase : RegexOptions.None);
        try
        {
            return new(new(pattern, options, LineTimeMax), (int)context, (int)limit);
        }
        catch (NotSupportedException)
        {
            throw new ValueException("pattern has look-around or back references", "write it without them");
        }
        catch (ArgumentException bad)
        {
            throw new ValueException($"pattern is wrong: {bad.Message.TrimEnd('.')}",
                "write a regular expression, or a backslash before a sign that is meant as it is");
        }
    }
}

/// <summary>A line that fits, with what stands around it.</summary>
/// <param name="File">Path of the log, or of one of its rotated parts.</param>
/// <param name="Number">Of the line in its file, from 1; 0 where the beginning of the file was not read.</param>
internal sealed record LogMatch(string File, long Number, string Text, IReadOnlyList<string> Before,
    IReadOnlyList<string> After);

/// <param name="Matches">The oldest first.</param>
/// <param name="IsCut">There is more, or there may be: a limit was reached.</param>
/// <param name="BytesRead">How much was looked through.</param>
internal sealed record LogMatches(IReadOnlyList<LogMatch> Matches, bool IsCut, long BytesRead);
