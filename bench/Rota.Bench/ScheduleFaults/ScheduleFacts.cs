using System.Globalization;
using Rota.Postgres;
using Rota.Schedules;
using Rota.Storage;

namespace Rota.Bench;

/// <summary>What a database says became of due times, by the name of the schedule.</summary>
/// <param name="Jobs">The due time of each job, as its handler sees it.</param>
/// <param name="Rows">Each due time with a row that says why there is no job.</param>
/// <param name="Events">Each event of such ones: the last due time, and how many.</param>
internal sealed record ScheduleFacts(
    ILookup<string, long> Jobs, ILookup<string, long> Rows, ILookup<string, (long Due, long Count)> Events)
{
    private static readonly string Missed = "SELECT due_at, 0, schedule FROM occurrence WHERE outcome IN "
        + $"({(int)OccurrenceOutcome.Missed}, {(int)OccurrenceOutcome.Coalesced}, {(int)OccurrenceOutcome.Skipped})";

    private static readonly string Told = "SELECT due_at, count, source FROM event WHERE type IN "
        + $"({(int)EventType.OccurrenceMissed}, {(int)EventType.OccurrenceCoalesced}, "
        + $"{(int)EventType.OccurrenceSkipped})";

    public static async Task<ScheduleFacts> ReadAsync(string url)
    {
        var dueAt = PostgresUrl.IsPostgres(url) ? "(convert_from(settings, 'UTF8')::jsonb #>> '{metadata,due_at}')"
            : "json_extract(CAST(settings AS TEXT), '$.metadata.due_at')";
        var jobs = await StoreSql.ReadAsync(
            url, $"SELECT id, 0, schedule || ' ' || {dueAt} FROM job WHERE schedule IS NOT NULL");
        return new ScheduleFacts(
            jobs.Select(job => job.Text.Split(' ')).ToLookup(job => job[0], job => Instant(job[1])),
            (await StoreSql.ReadAsync(url, Missed)).ToLookup(row => row.Text, row => row.One),
            (await StoreSql.ReadAsync(url, Told)).ToLookup(row => row.Text, row => (row.One, row.Two)));
    }

    private static long Instant(string text) =>
        DateTimeOffset.Parse(text, CultureInfo.InvariantCulture).ToMicroseconds();
}
