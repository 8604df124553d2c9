using System.Globalization;
using System.Text;
using Rota.Jobs;
using Rota.Schedules;
using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>All that is to be seen of a schedule after a tick, as a text without what differs from one to the next: its
/// name and the ids of its jobs.</summary>
internal sealed class ScheduleTickLedger(
    IScheduleStore schedules, IJobStore jobs, IEventStore events, ScheduleTickCase of, string name)
{
    private const int PageMax = 1_000;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Reads it, and counts: each due time has one row or is in the count of an event, each job is that of one
    /// due time, and the counts of the queue are those of its jobs.</summary>
    public async Task<string> ReadAsync()
    {
        var rows = await RowsAsync();
        var all = await JobsAsync();
        var happened = await events.ListAsync(new EventFilter(Source: name), null, PageMax, Stop);
        var counts = (await jobs.CountAsync(Stop)).Where(count => count.Queue == name).ToList();
        AssertAccounted(rows, all, happened);
        Assert.Equal(all.GroupBy(job => job.State).Select(group => (group.Key, (long)group.Count())).Order(),
            counts.Select(count => (count.State, count.Count)).Order());

        var labels = all.ToDictionary(job => job.Id, Label);
        var text = new StringBuilder();
        var schedule = (await schedules.FindAsync(name, Stop))!;
        Add(text, $"next {Ago(schedule.NextDue)}, last {Ago(schedule.LastDue)}, paused {schedule.IsPaused}");
        foreach (var change in await schedules.VersionsAsync(name, 100, Stop))
            Add(text, $"version {change.Version} {change.Change} by {change.Actor}");
        foreach (var row in rows)
            Add(text, $"row {Ago(row.DueAt)} {row.Outcome} {(row.JobId is { } id ? labels[id] : "")}");
        foreach (var job in all)
        {
            Add(text, $"job {labels[job.Id]} {job.State} {job.Error} attempt {job.Attempt} "
                + $"cancel {job.IsCancelRequested} blockers {job.Blockers} "
                + $"on {string.Join(' ', job.DependsOn.Select(on => labels[on]))}");
        }
        foreach (var one in happened.Reverse())
            Add(text, $"event {one.Type} {Ago(one.DueAt)} {one.Count} {(one.JobId is { } id ? labels[id] : "")}");
        return text.ToString();
    }

    private async Task<List<Occurrence>> RowsAsync()
    {
        var rows = new List<Occurrence>();
        IReadOnlyList<Occurrence> page;
        do
        {
            page = await schedules.OccurrencesAsync(name, rows.Count == 0 ? null : rows[^1].DueAt, PageMax, Stop);
            rows.AddRange(page);
        }
        while (page.Count == PageMax);
        rows.Reverse();
        return rows;
    }

    private async Task<List<Job>> JobsAsync()
    {
        var all = new List<Job>();
        foreach (var job in (await jobs.ListAsync(new JobFilter { Schedule = name }, null, PageMax, Stop)).Reverse())
            all.Add((await jobs.FindAsync(job.Id, Stop))!);
        return all;
    }

    private void AssertAccounted(List<Occurrence> rows, List<Job> all, IReadOnlyList<RotaEvent> happened)
    {
        var due = of.Due().ToList();
        var decided = rows.Where(row => due.Contains(row.DueAt)).ToList();
        Assert.Equal(decided.Count, decided.Select(row => row.DueAt).Distinct().Count());
        var unrecorded = happened.Where(one => one.DueAt >= due[0] && one.Type is EventType.OccurrenceMissed
                or EventType.OccurrenceCoalesced).Sum(one => one.Count)
            - rows.Count(row => row.DueAt >= due[0] && WasMissed(row)) - Refilled;
        Assert.Equal((due.Count, of.Unrecorded), (decided.Count + unrecorded, unrecorded));
        Assert.Equal(of.Outcomes, Runs(decided.Select(row => row.Outcome)));
        Assert.Equal(of.Jobs, string.Join(' ', all.Select(job => job.State)));

        Assert.Equal(all.Count, all.Select(Label).Distinct().Count());
        Assert.Equal(
            rows.Where(row => row.Outcome is OccurrenceOutcome.Enqueued or OccurrenceOutcome.Backfilled)
                .Select(row => (row.JobId, Ago(row.DueAt))).OrderBy(row => row.JobId?.Value),
            all.Select(job => ((JobId?)job.Id, Label(job))));
    }

    // What was missed, and was told so, has a job since.
    private int Refilled => of.Tick.StartsWith("backfill", StringComparison.Ordinal)
        ? of.Earlier.Count(one => one.Outcome != OccurrenceOutcome.Enqueued) : 0;

    private static bool WasMissed(Occurrence row) =>
        row.Outcome is OccurrenceOutcome.Missed or OccurrenceOutcome.Coalesced;

    private static string Runs(IEnumerable<OccurrenceOutcome> outcomes)
    {
        var runs = new List<(OccurrenceOutcome Outcome, int Count)>();
        foreach (var outcome in outcomes)
        {
            if (runs.Count > 0 && runs[^1].Outcome == outcome)
                runs[^1] = (outcome, runs[^1].Count + 1);
            else
                runs.Add((outcome, 1));
        }
        return string.Join(", ", runs.Select(run => $"{run.Count} {run.Outcome}"));
    }

    private static string Label(Job job) => Ago(DateTimeOffset.Parse(
        JobSettings.Parse(job.Settings).Metadata!["due_at"], CultureInfo.InvariantCulture)); // all are a schedule's

    private static string Ago(DateTimeOffset? at) =>
        at is { } instant ? (instant - ScheduleTick.Now).ToString("c", CultureInfo.InvariantCulture) : "never";

    private static void Add(StringBuilder text, string line) => text.Append(line.TrimEnd()).Append('\n');
}
