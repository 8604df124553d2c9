using Npgsql;
using Rota.Schedules;
using Rota.Storage;

namespace Rota.Postgres;

/// <summary>Schedules in PostgreSQL.</summary>
internal sealed class PostgresSchedules(PostgresDatabase database) : IScheduleStore
{
    public async Task<IReadOnlyList<Schedule>> ListAsync(string? after, int limit, CancellationToken stop) =>
        await database.ListAsync("""
            SELECT name, project, trigger, kind, args, options, policy, owner, secrets IS NOT NULL,
                is_paused, next_due, last_due, version, created_at, updated_at
            FROM rota.schedule
            WHERE name > $1
            ORDER BY name
            LIMIT $2
            """, Read, stop, after ?? "", limit);

    public Task<Schedule?> FindAsync(string name, CancellationToken stop) =>
        database.FindAsync(FindOne, Read, stop, name);

    private const string FindOne = """
        SELECT name, project, trigger, kind, args, options, policy, owner, secrets IS NOT NULL,
            is_paused, next_due, last_due, version, created_at, updated_at
        FROM rota.schedule
        WHERE name = $1
        """;

    public Task<ScheduleStored> PutAsync(SchedulePut put, DateTimeOffset now, CancellationToken stop) =>
        database.WriteAsync(async session =>
        {
            await LockAsync(session, put.Name);
            var old = await session.FindAsync($"{FindOne} FOR UPDATE", Read, put.Name);
            if (put.Judge(old) is { } outcome)
                return new ScheduleStored(old, outcome);
            session.Wakeup.ChangedSchedules = true;
            var stored = (await WriteAsync(session, put, now))!;
            if (stored.Policy.MaxRunning is not null && old?.Policy.MaxRunning is null)
                await ScheduleLimits.BeginAsync(session, put.Name);
            await ScheduleVersions.AddAsync(session, stored, put.Actor,
                old is null ? ScheduleChange.Made : ScheduleChange.Changed, now);
            return new ScheduleStored(stored, old is null ? PutOutcome.Made : PutOutcome.Changed);
        }, stop);

    // Also of a name that is not there yet: what was read then holds until the commit.
    private static Task<int> LockAsync(PostgresSession session, string name) =>
        session.RunAsync("SELECT pg_advisory_xact_lock(hashtextextended('rota.schedule.' || $1, 0))", name);

    private static Task<Schedule?> WriteAsync(PostgresSession session, SchedulePut put, DateTimeOffset now) =>
        // $10 is null where the put leaves paused as it is, so that the row's own value decides.
        session.FindAsync("""
            INSERT INTO rota.schedule AS old (name, project, trigger, kind, args, options, policy, owner, secrets,
                is_paused, next_due, version, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, coalesce($10, false),
                CASE WHEN $10 THEN NULL ELSE $11::bigint END,
                1 + coalesce((SELECT max(version) FROM rota.schedule_version WHERE schedule = $1), 0), $12, $12)
            ON CONFLICT (name) DO UPDATE
            SET project = excluded.project,
                trigger = excluded.trigger,
                kind = excluded.kind,
                args = excluded.args,
                options = excluded.options,
                policy = excluded.policy,
                owner = excluded.owner,
                secrets = CASE WHEN $13 THEN excluded.secrets ELSE old.secrets END,
                is_paused = coalesce($10, old.is_paused),
                next_due = CASE
                    WHEN coalesce($10, old.is_paused) THEN NULL
                    WHEN NOT old.is_paused AND old.trigger = excluded.trigger THEN old.next_due
                    ELSE $11
                END,
                version = old.version + 1,
                updated_at = excluded.updated_at
            RETURNING name, project, trigger, kind, args, options, policy, owner, secrets IS NOT NULL,
                is_paused, next_due, last_due, version, created_at, updated_at
            """, Read, put.Name, put.Project, TriggerJson.Write(put.Trigger), put.Kind, put.Args,
            StoredRule.Write(put.Options), StoredRule.Write(put.Policy), put.Owner, put.SecretToken, put.IsPaused,
            put.NextDue, now, put.SetsSecrets);

    public Task<ScheduleStored?> RemoveAsync(ScheduleRemove remove, DateTimeOffset now, CancellationToken stop) =>
        database.WriteAsync<ScheduleStored?>(async session =>
        {
            await LockAsync(session, remove.Name);
            // The schedule first, as a firing does: who is second waits here and finds nothing.
            if (await session.FindAsync($"{FindOne} FOR UPDATE", Read, remove.Name) is not { } old)
                return null;
            if (!remove.May(old))
                return new ScheduleStored(old, PutOutcome.Owned);
            await session.RunAsync("DELETE FROM rota.schedule WHERE name = $1", remove.Name);
            await session.RunAsync("DELETE FROM rota.occurrence WHERE schedule = $1", remove.Name);
            await ScheduleVersions.AddAsync(session, old with { Version = old.Version + 1 }, remove.Actor,
                ScheduleChange.Removed, now);
            await ScheduleVersions.DropRemovedAsync(session, now);
            return new ScheduleStored(old, PutOutcome.Changed);
        }, stop);

    public Task<bool> PauseAsync(string name, string actor, DateTimeOffset now, CancellationToken stop) =>
        database.WriteAsync(session => NotedAsync(session, actor, ScheduleChange.Paused, now, session.FindAsync("""
            UPDATE rota.schedule
            SET is_paused = true, next_due = NULL, version = version + 1, updated_at = $2
            WHERE name = $1 AND NOT is_paused
            RETURNING name, project, trigger, kind, args, options, policy, owner, secrets IS NOT NULL,
                is_paused, next_due, last_due, version, created_at, updated_at
            """, Read, name, now)), stop);

    public Task<bool> ResumeAsync(string name, long version, DateTimeOffset? nextDue, string actor,
        DateTimeOffset now, CancellationToken stop) =>
        database.WriteAsync(session =>
        {
            session.Wakeup.ChangedSchedules = true;
            return NotedAsync(session, actor, ScheduleChange.Resumed, now, session.FindAsync("""
                UPDATE rota.schedule
                SET is_paused = false, next_due = $3, version = version + 1, updated_at = $4
                WHERE name = $1 AND version = $2 AND is_paused
                RETURNING name, project, trigger, kind, args, options, policy, owner, secrets IS NOT NULL,
                    is_paused, next_due, last_due, version, created_at, updated_at
                """, Read, name, version, nextDue, now));
        }, stop);

    private static async Task<bool> NotedAsync(PostgresSession session, string actor, ScheduleChange change,
        DateTimeOffset now, Task<Schedule?> changing)
    {
        if (await changing is not { } schedule)
            return false;
        await ScheduleVersions.AddAsync(session, schedule, actor, change, now);
        return true;
    }

    public Task<IReadOnlyList<ScheduleVersion>> VersionsAsync(string name, int limit, CancellationToken stop) =>
        database.ReadAsync(session => ScheduleVersions.ListAsync(session, name, limit), stop);

    /// <remarks>Reads index <c>schedule_due (next_due, name) WHERE NOT is_paused AND next_due IS NOT NULL</c>.
    /// </remarks>
    public async Task<IReadOnlyList<Schedule>> DueAsync(
        DateTimeOffset now, Schedule? after, int limit, CancellationToken stop) =>
        await database.ListAsync("""
            SELECT name, project, trigger, kind, args, options, policy, owner, secrets IS NOT NULL,
                is_paused, next_due, last_due, version, created_at, updated_at
            FROM rota.schedule
            WHERE NOT is_paused AND next_due IS NOT NULL AND next_due <= $1 AND (next_due, name) > ($2, $3)
            ORDER BY next_due, name
            LIMIT $4
            """, Read, stop, now, after?.NextDue ?? DateTimeOffset.MinValue, after?.Name ?? "", limit);

    /// <remarks>Reads index <c>schedule_due</c>.</remarks>
    public Task<DateTimeOffset?> NextDueAsync(DateTimeOffset now, CancellationToken stop) =>
        database.FindAsync("""
            SELECT min(next_due)
            FROM rota.schedule
            WHERE NOT is_paused AND next_due IS NOT NULL AND next_due > $1
            """, rows => rows.InstantOrNull(0), stop, now);

    public async Task<IReadOnlyList<Fired?>> FireAsync(
        IReadOnlyList<ScheduleFire> fires, DateTimeOffset now, CancellationToken stop)
    {
        await JobInsert.PrepareAsync(
            database, ScheduleFiring.JobsOf(fires.SelectMany(fire => fire.Occurrences)), stop);
        return await database.WriteAsync(session => ScheduleFiring.FireAsync(session, fires, now), stop);
    }

    public async Task<IReadOnlyList<Occurrence>> BackfillAsync(
        Schedule schedule, IReadOnlyList<DueOccurrence> occurrences, DateTimeOffset now, CancellationToken stop)
    {
        await JobInsert.PrepareAsync(database, ScheduleFiring.JobsOf(occurrences), stop);
        return await database.WriteAsync(
            session => ScheduleFiring.BackfillAsync(session, schedule, occurrences, now), stop);
    }

    public async Task<IReadOnlyList<Occurrence>> OccurrencesAsync(
        string name, DateTimeOffset? before, int limit, CancellationToken stop) =>
        await database.ListAsync("""
            SELECT due_at, outcome, job_id, at
            FROM rota.occurrence
            WHERE schedule = $1 AND due_at < $2
            ORDER BY due_at DESC
            LIMIT $3
            """, ReadOccurrence, stop, name, before ?? DateTimeOffset.MaxValue, limit);

    public async Task<ILookup<string, Occurrence>> LatestAsync(
        IReadOnlyList<string> names, int limit, CancellationToken stop) =>
        (await database.ListAsync("""
            SELECT latest.due_at, latest.outcome, latest.job_id, latest.at, asked.name
            FROM unnest($1::text[]) AS asked (name)
            CROSS JOIN LATERAL (
                SELECT due_at, outcome, job_id, at
                FROM rota.occurrence
                WHERE schedule = asked.name
                ORDER BY due_at DESC
                LIMIT $2
            ) AS latest
            ORDER BY asked.name, latest.due_at DESC
            """, rows => (Name: rows.GetString(4), One: ReadOccurrence(rows)), stop, names.ToArray(), limit))
        .ToLookup(row => row.Name, row => row.One);

    private static Occurrence ReadOccurrence(NpgsqlDataReader rows) => new(rows.Instant(0),
        (OccurrenceOutcome)rows.GetInt32(1), rows.IsDBNull(2) ? null : rows.JobId(2), rows.Instant(3));

    public Task DropOldAsync(IReadOnlyList<string> names, DateTimeOffset now, CancellationToken stop) =>
        database.RunAsync(session => ScheduleFiring.DropOldAsync(session, names, now), stop);

    private static Schedule Read(NpgsqlDataReader rows)
    {
        var text = rows.GetString(2);
        var rule = StoredRule.Read(text, rows.BlobOrNull(5), rows.BlobOrNull(6));
        return new Schedule
        {
            Name = rows.GetString(0),
            Project = rows.GetString(1),
            TriggerText = text,
            Trigger = rule.Trigger,
            Broken = rule.Broken,
            Kind = rows.GetString(3),
            Args = rows.Blob(4),
            Options = rule.Options,
            Policy = rule.Policy,
            Owner = rows.TextOrNull(7),
            HasSecrets = rows.GetBoolean(8),
            IsPaused = rows.GetBoolean(9),
            NextDue = rows.InstantOrNull(10),
            LastDue = rows.InstantOrNull(11),
            Version = rows.GetInt64(12),
            CreatedAt = rows.Instant(13),
            UpdatedAt = rows.Instant(14),
        };
    }
}
