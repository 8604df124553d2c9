using System.Text;
using System.Text.Json;
using Rota.Jobs;

namespace Rota.Web.Api;

/// <summary>What became of many jobs, for the audit: the numbers of those that were in one state before and stand in
/// one after, such as <c>jobs 3-14, 20</c>.</summary>
internal static class BulkChanges
{
    private const int NumbersCharactersMax = 1_000;

    public static IReadOnlyList<FieldChangeView> Of(IReadOnlyList<BulkMove> moves, bool isRetry) =>
        [.. moves.GroupBy(move => (move.Was, IsNew: move.RetriedAs is not null))
            .OrderBy(group => group.Key)
            .Select(group => new FieldChangeView($"jobs {Numbers(group.Select(move => move.Id.Value))}",
                Json(Words.Of(group.Key.Was)), Json(After([.. group], isRetry))))];

    private static string After(IReadOnlyList<BulkMove> moves, bool isRetry) => (isRetry, moves[0]) switch
    {
        (true, { RetriedAs: not null }) => $"retried as {Numbers(moves.Select(move => move.RetriedAs!.Value.Value))}",
        (true, _) => Words.Of(JobState.Queued),
        (false, { Was: JobState.Running }) => "running, asked to stop",
        _ => Words.Of(JobState.Canceled),
    };

    private static RawJson Json(string text) => new(JsonSerializer.Serialize(text, ApiJsonOptions.Value));

    /// <summary>Rising, neighbours as a range; as many as fit, and how many more there are.</summary>
    private static string Numbers(IEnumerable<long> ids)
    {
        var (text, sorted) = (new StringBuilder(), ids.Order().ToList());
        for (var at = 0; at < sorted.Count;)
        {
            if (text.Length > NumbersCharactersMax)
                return $"{text} and {sorted.Count - at} more";
            var from = at++;
            while (at < sorted.Count && sorted[at] == sorted[at - 1] + 1)
                at++;
            text.Append(text.Length > 0 ? ", " : "").Append(sorted[from]);
            if (at - from > 1)
                text.Append('-').Append(sorted[at - 1]);
        }
        return text.ToString();
    }
}
