using System.Text.RegularExpressions;

namespace Rota.Bench;

/// <summary>What a browser fetches the first time: the overview with its styles, scripts, icon and fonts.</summary>
internal static partial class FirstPage
{
    /// <returns>Kilobytes of all bodies as they cross the wire, and how many requests they take.</returns>
    public static async Task<(double Kb, int Requests)> WeighAsync(ConsoleVisitor visitor)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal) { "/console" };
        var left = new Queue<string>(seen);
        var bytes = 0L;
        while (left.TryDequeue(out var path))
        {
            bytes += (await visitor.AskAsync(path)).Bytes;
            foreach (var next in await NamedByAsync(visitor, path))
            {
                if (seen.Add(next))
                    left.Enqueue(next);
            }
        }
        return (Math.Round(bytes / 1_024.0, 1), seen.Count);
    }

    // Pages name files, styles name fonts and pictures, and scripts other scripts.
    private static async Task<IEnumerable<string>> NamedByAsync(ConsoleVisitor visitor, string path) =>
        path == "/console" || Text().IsMatch(path)
            ? Assets().Matches(await visitor.ReadAsync(path)).Select(match => match.Value)
            : [];

    [GeneratedRegex("""\.(css|js)($|\?)""", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Text();

    [GeneratedRegex("""/console/assets/[\w.\-]+(\?[\w=]+)?""",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Assets();
}
