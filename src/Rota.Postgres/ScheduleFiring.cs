using Npgsql;
using Rota.Events;
using Rota.Jobs;
using Rota.Schedules;
using Rota.Storage;

namespace Rota.Postgres;

/// <summary>The statements that write what became of due occurrences.</summary>
internal static class ScheduleFiring
{
    private const int NewestKept = 100, MostKept = 10_000;
    private static readonly TimeSpan KeptFor = TimeSpan.FromDays(31);

    /// <summary>The jobs that occurrences may enqueue, in their order.</summary>
    public static IReadOnlyList<NewJob> JobsOf(IEnumerable<DueOccurrence> occurrences) =>
        [.. occurrences.Where(occurrence => occurrence.Job is not null).Select(occurrence => occurrence.Job!.Value)];

    /// <returns>By fire; null when somebody was first, and then nothing was written of it.</returns>
    public static async Task<IReadOnlyList<Fired?>> FireAsync(
        PostgresSession session, IReadOnlyList<ScheduleFire> fires, DateTimeOffset now)
    {
        // A due time comes again when the clock was set back and the trigger edited then: it stays as it was decided.
        var (moved, decided) = await MoveAsync(session, fires);
        var due = Due.Of(fires.Where(fire => moved.Contains(fire.Schedule.Name)));
        var written = (await EnqueueAllAsync(
            session, due.Where(one => !decided.Contains(one.Key)), now, isBackfill: false))
            .ToLookup(one => one.Schedule.Name);
        var fired = fires.Select(fire => moved.Contains(fire.Schedule.Name)
            ? new Fired([.. written[fire.Schedule.Name].Select(one => one.Occurrence)])
            : null).ToList();
        await WriteAsync(session, written.SelectMany(one => one), fires.Zip(fired).SelectMany(pair =>
            pair.Second is { } one
                ? ScheduleEvents.Of(
                    pair.First.Schedule.Name, one.Occurrences, pair.First.Unrecorded, pair.First.LastDue, now)
                : []));
        return fired;
    }

    public static async Task<IReadOnlyList<Occurrence>> BackfillAsync(PostgresSession session, Schedule schedule,
        IReadOnlyList<DueOccurrence> occurrences, DateTimeOffset now)
    {
        var isThere = await session.FindAsync(
            "SELECT true FROM rota.schedule_due WHERE name = $1 FOR UPDATE", rows => rows.GetBoolean(0), schedule.Name);
        if (!isThere)
            return [];
        var due = occurrences.Select(one => new Due(schedule, one)).ToList();
        var ran = await session.BatchAsync([Look(Ran, due)], ReadDecidedAsync);
        var written = await EnqueueAllAsync(
            session, due.Where(one => !ran.Contains(one.Key)), now, isBackfill: true);
        var filled = written.ConvertAll(one => one.Occurrence);
        await WriteAsync(session, written, ScheduleEvents.Of(schedule.Name, filled, unrecorded: 0, now, now));
        return filled;
    }

    private sealed record Due(Schedule Schedule, DueOccurrence Occurrence)
    {
        public (string, long) Key => (Schedule.Name, Occurrence.DueAt.ToMicroseconds());

        public static List<Due> Of(IEnumerable<ScheduleFire> fires) =>
            [.. fires.SelectMany(fire => fire.Occurrences.Select(one => new Due(fire.Schedule, one)))];
    }

    /// <summary>Gives schedules their next due time, and looks what is known of their due times.</summary>
    /// <returns>The names of those that were as the fire found them, and all due times that have a row.</returns>
    /// <remarks>What another transaction holds is being fired or edited there: it is read again in the next pass. A row
    /// stays as it was found: the row of its schedule is locked.</remarks>
    private static Task<(HashSet<string> Moved, HashSet<(string, long)> Decided)> MoveAsync(
        PostgresSession session, IReadOnlyList<ScheduleFire> fires)
    {
        var move = new Statement("""
            WITH fire AS MATERIALIZED (
                SELECT f.*
                FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
                    AS f (name, version, due, next_due, last_due)
                JOIN rota.schedule_due s ON s.name = f.name AND s.version = f.version AND s.next_due = f.due
                FOR UPDATE OF s SKIP LOCKED
            )
            UPDATE rota.schedule_due s
            SET next_due = fire.next_due, last_due = fire.last_due
            FROM fire
            WHERE s.name = fire.name
            RETURNING s.name
            """,
            fires.Select(fire => fire.Schedule.Name).ToArray(),
            fires.Select(fire => fire.Schedule.Version).ToArray(),
            fires.Select(fire => fire.Schedule.NextDue!.Value.ToMicroseconds()).ToArray(),
            fires.Select(fire => fire.NextDue?.ToMicroseconds()).ToArray(),
            fires.Select(fire => fire.LastDue.ToMicroseconds()).ToArray());
        return session.BatchAsync([move, Look(Decided, Due.Of(fires))], async rows =>
        {
            var moved = new HashSet<string>(fires.Count);
            while (await rows.ReadAsync())
                moved.Add(rows.GetString(0));
            await rows.NextResultAsync();
            return (moved, await ReadDecidedAsync(rows));
        });
    }

    private const string Decided = """
        SELECT schedule, due_at
        FROM rota.occurrence
        WHERE (schedule, due_at) IN (SELECT * FROM unnest($1::text[], $2::bigint[]))
        """;

    private const string Ran = Decided + " AND outcome IN (0, 4)";

    private static Statement Look(string sql, List<Due> due) => new(sql,
        due.Select(one => one.Schedule.Name).ToArray(),
        due.Select(one => one.Occurrence.DueAt.ToMicroseconds()).ToArray());

    private static async Task<HashSet<(string, long)>> ReadDecidedAsync(NpgsqlDataReader rows)
    {
        var decided = new HashSet<(string, long)>();
        while (await rows.ReadAsync())
            decided.Add((rows.GetString(0), rows.GetInt64(1)));
        return decided;
    }

    /// <summary>Enqueues the jobs of occurrences.</summary>
    private static async Task<List<(Schedule Schedule, Occurrence Occurrence)>> EnqueueAllAsync(
        PostgresSession session, IEnumerable<Due> due, DateTimeOffset now, bool isBackfill)
    {
        var occurrences = new List<(Schedule Schedule, Occurrence Occurrence)>();
        foreach (var part in due.ToLookup(one => one.Schedule.Policy.MaxRunning is not null))
        {
            if (part.Key)
            {
                foreach (var one in part.GroupBy(one => one.Schedule.Name))
                    occurrences.AddRange(await EnqueueInTurnAsync(session, [.. one], now, isBackfill));
            }
            else
                occurrences.AddRange(await EnqueueAsync(session, [.. part], now));
        }
        return occurrences;
    }

    private static async Task<IEnumerable<(Schedule, Occurrence)>> EnqueueAsync(
        PostgresSession session, IReadOnlyList<Due> due, DateTimeOffset now)
    {
        var jobs = new Queue<Enqueued>(
            await JobInsert.InsertAsync(session, JobsOf(due.Select(one => one.Occurrence)), now));
        return due.Select(one => (one.Schedule, one.Occurrence.Job is null
            ? new Occurrence(one.Occurrence.DueAt, one.Occurrence.Outcome, null, now)
            : Came(one.Occurrence, jobs.Dequeue(), now)));
    }

    /// <summary>One after the other, because each counts for the next one.</summary>
    private static async Task<List<(Schedule, Occurrence)>> EnqueueInTurnAsync(
        PostgresSession session, IReadOnlyList<Due> due, DateTimeOffset now, bool isBackfill)
    {
        var schedule = due[0].Schedule;
        var limit = new RunLimit(
            schedule.Policy, await ScheduleLimits.OpenAsync(session, schedule.Name), isBackfill);
        var written = new List<(Schedule, Occurrence)>(due.Count);
        foreach (var (_, occurrence) in due)
            written.Add((schedule, await EnqueueAsync(session, occurrence, limit, now)));
        return written;
    }

    private static async Task<Occurrence> EnqueueAsync(
        PostgresSession session, DueOccurrence due, RunLimit limit, DateTimeOffset now)
    {
        if (due.Job is not { } job)
            return new Occurrence(due.DueAt, due.Outcome, null, now);
        var admission = limit.Next();
        if (admission.SkippedFor is { } holder)
            return new Occurrence(due.DueAt, OccurrenceOutcome.Skipped, holder, now);
        if (admission.Cancel.Count > 0)
            await JobMoves.CancelAsync(session, admission.Cancel, RunLimit.CancelReason, now);
        var enqueued = (await JobInsert.InsertAsync(session, [RunLimit.Behind(job, admission)], now))[0];
        if (enqueued.IsNew)
            limit.Add(enqueued.Id, admission);
        return Came(due, enqueued, now);
    }

    private static Occurrence Came(DueOccurrence due, Enqueued job, DateTimeOffset now) =>
        new(due.DueAt, job.IsNew ? due.Outcome : OccurrenceOutcome.Skipped, job.Id, now);

    private static Task WriteAsync(PostgresSession session,
        IEnumerable<(Schedule Schedule, Occurrence Occurrence)> occurrences, IEnumerable<NewEvent> events)
    {
        var written = occurrences.ToList();
        var insert = new Statement("""
            INSERT INTO rota.occurrence (schedule, due_at, outcome, job_id, is_open, at)
            SELECT *
            FROM unnest($1::text[], $2::bigint[], $3::smallint[], $4::bigint[], $5::boolean[], $6::bigint[])
            ON CONFLICT (schedule, due_at) DO UPDATE
            SET outcome = excluded.outcome, job_id = excluded.job_id, is_open = excluded.is_open, at = excluded.at
            """,
            written.Select(one => one.Schedule.Name).ToArray(),
            written.Select(one => one.Occurrence.DueAt.ToMicroseconds()).ToArray(),
            written.Select(one => (short)one.Occurrence.Outcome).ToArray(),
            written.Select(one => one.Occurrence.JobId?.Value).ToArray(),
            written.Select(one => one.Schedule.Policy.MaxRunning is not null && one.Occurrence.JobId is not null
                && one.Occurrence.Outcome != OccurrenceOutcome.Skipped).ToArray(),
            written.Select(one => one.Occurrence.At.ToMicroseconds()).ToArray());
        return session.BatchAsync([insert, PostgresEvents.Append([.. events])]);
    }

    public static Task<int> DropOldAsync(
        PostgresSession session, IReadOnlyList<string> schedules, DateTimeOffset now) =>
        session.RunAsync("""
            WITH kept AS MATERIALIZED (
                SELECT name,
                    (
                        SELECT due_at FROM rota.occurrence WHERE schedule = name ORDER BY due_at DESC LIMIT 1 OFFSET $3
                    ) AS newest,
                    (
                        SELECT due_at FROM rota.occurrence WHERE schedule = name ORDER BY due_at DESC LIMIT 1 OFFSET $4
                    ) AS most
                FROM unnest($1::text[]) AS asked (name)
            )
            DELETE FROM rota.occurrence o
            USING kept
            WHERE o.schedule = kept.name AND o.due_at < greatest(least($2, kept.newest), kept.most)
                AND kept.newest IS NOT NULL
            """, schedules.ToArray(), now - KeptFor, NewestKept - 1, MostKept - 1);
}
