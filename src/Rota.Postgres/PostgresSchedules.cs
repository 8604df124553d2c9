using Npgsql;
using Rota.Schedules;
using Rota.Storage;

namespace Rota.Postgres;

/// <summary>Schedules in PostgreSQL.</summary>
internal sealed class PostgresSchedules(PostgresDatabase database) : IScheduleStore
{
    // Locks are taken in this order, too: where it stands, and then the rule.
    private const string Select = """
        SELECT name, project, trigger, kind, args, options, policy, owner, secrets IS NOT NULL,
            is_paused, next_due, last_due, version, created_at, updated_at
        FROM rota.schedule_due
        JOIN rota.schedule USING (name)
        """;

    private const string SelectPage = $"{Select} WHERE name > $1 ORDER BY name LIMIT $2";
    private const string SelectOne = $"{Select} WHERE name = $1";
    private const string SelectSome = $"{Select} WHERE name = ANY ($1)";
    private const string SelectAndLock = $"{SelectOne} FOR UPDATE";

    public async Task<IReadOnlyList<Schedule>> ListAsync(string? after, int limit, CancellationToken stop) =>
        await database.ListAsync(SelectPage, Read, stop, after ?? "", limit);

    public Task<Schedule?> FindAsync(string name, CancellationToken stop) =>
        database.FindAsync(SelectOne, Read, stop, name);

    public async Task<IReadOnlyList<Schedule>> FindAsync(IReadOnlyList<string> names, CancellationToken stop) =>
        await database.ListAsync(SelectSome, Read, stop, [names.ToArray()]);

    public Task<ScheduleStored> PutAsync(SchedulePut put, DateTimeOffset now, CancellationToken stop) =>
        database.WriteAsync(async session =>
        {
            await LockAsync(session, put.Name);
            var old = await session.FindAsync(SelectAndLock, Read, put.Name);
            if (put.Judge(old) is { } outcome)
                return new ScheduleStored(old, outcome);
            session.Wakeup.ChangedSchedules = true;
            await WriteAsync(session, put, old, now);
            var stored = (await session.FindAsync(SelectOne, Read, put.Name))!;
            if (stored.Policy.MaxRunning is not null && old?.Policy.MaxRunning is null)
                await ScheduleLimits.BeginAsync(session, put.Name);
            await ScheduleVersions.AddAsync(session, stored, put.Actor,
                old is null ? ScheduleChange.Made : ScheduleChange.Changed, now);
            return new ScheduleStored(stored, old is null ? PutOutcome.Made : PutOutcome.Changed);
        }, stop);

    // Also of a name that is not there yet: what was read then holds until the commit.
    private static Task<int> LockAsync(PostgresSession session, string name) =>
        session.RunAsync("SELECT pg_advisory_xact_lock(hashtextextended('rota.schedule.' || $1, 0))", name);

    private static Task WriteAsync(PostgresSession session, SchedulePut put, Schedule? old, DateTimeOffset now) =>
        session.BatchAsync(
        [
            new Statement("""
                INSERT INTO rota.schedule_due AS old (name, next_due, version, updated_at, is_paused)
                VALUES ($1, $2::bigint,
                    1 + coalesce((SELECT max(version) FROM rota.schedule_version WHERE schedule = $1), 0), $3, $4)
                ON CONFLICT (name) DO UPDATE
                SET next_due = excluded.next_due,
                    version = old.version + 1,
                    updated_at = excluded.updated_at,
                    is_paused = excluded.is_paused
                """, put.Name, put.NextDueAfter(old), now, put.IsPausedAfter(old)),
            new Statement("""
                INSERT INTO rota.schedule AS old (name, project, trigger, kind, args, options, policy, owner, secrets,
                    created_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                ON CONFLICT (name) DO UPDATE
                SET project = excluded.project,
                    trigger = excluded.trigger,
                    kind = excluded.kind,
                    args = excluded.args,
                    options = excluded.options,
                    policy = excluded.policy,
                    owner = excluded.owner,
                    secrets = CASE WHEN $11 THEN excluded.secrets ELSE old.secrets END
                """, put.Name, put.Project, TriggerJson.Write(put.Trigger), put.Kind, put.Args,
                StoredRule.Write(put.Options), StoredRule.Write(put.Policy), put.Owner, put.SecretToken, now,
                put.SetsSecrets),
        ]);

    public Task<ScheduleStored?> RemoveAsync(ScheduleRemove remove, DateTimeOffset now, CancellationToken stop) =>
        database.WriteAsync<ScheduleStored?>(async session =>
        {
            await LockAsync(session, remove.Name);
            // The schedule first, as a firing does: who is second waits here and finds nothing.
            if (await session.FindAsync(SelectAndLock, Read, remove.Name) is not { } old)
                return null;
            if (!remove.May(old))
                return new ScheduleStored(old, PutOutcome.Owned);
            await session.RunAsync("DELETE FROM rota.schedule_due WHERE name = $1", remove.Name);
            await session.RunAsync("DELETE FROM rota.schedule WHERE name = $1", remove.Name);
            await session.RunAsync("DELETE FROM rota.occurrence WHERE schedule = $1", remove.Name);
            await ScheduleVersions.AddAsync(session, old with { Version = old.Version + 1 }, remove.Actor,
                ScheduleChange.Removed, now);
            await ScheduleVersions.DropRemovedAsync(session, now);
            return new ScheduleStored(old, PutOutcome.Changed);
        }, stop);

    public Task<bool> PauseAsync(string name, string actor, DateTimeOffset now, CancellationToken stop) =>
        database.WriteAsync(session => NotedAsync(session, name, actor, ScheduleChange.Paused, now, session.RunAsync("""
            UPDATE rota.schedule_due
            SET is_paused = true, next_due = NULL, version = version + 1, updated_at = $2
            WHERE name = $1 AND NOT is_paused
            """, name, now)), stop);

    public Task<bool> ResumeAsync(string name, long version, DateTimeOffset? nextDue, string actor,
        DateTimeOffset now, CancellationToken stop) =>
        database.WriteAsync(session =>
        {
            session.Wakeup.ChangedSchedules = true;
            return NotedAsync(session, name, actor, ScheduleChange.Resumed, now, session.RunAsync("""
                UPDATE rota.schedule_due
                SET is_paused = false, next_due = $3::bigint, version = version + 1, updated_at = $4
                WHERE name = $1 AND version = $2 AND is_paused
                """, name, version, nextDue, now));
        }, stop);

    private static async Task<bool> NotedAsync(PostgresSession session, string name, string actor,
        ScheduleChange change, DateTimeOffset now, Task<int> changing)
    {
        if (await changing == 0)
            return false;
        var schedule = (await session.FindAsync(SelectOne, Read, name))!;
        await ScheduleVersions.AddAsync(session, schedule, actor, change, now);
        return true;
    }

    public Task<IReadOnlyList<ScheduleVersion>> VersionsAsync(string name, int limit, CancellationToken stop) =>
        database.ReadAsync(session => ScheduleVersions.ListAsync(session, name, limit), stop);

    /// <remarks>Reads index <c>schedule_due_slot (slot, name) WHERE slot IS NOT NULL</c>.</remarks>
    public async Task<IReadOnlyList<DueTime>> DueAsync(
        DateTimeOffset until, DueTime? after, int limit, CancellationToken stop) =>
        await database.ListAsync("""
            SELECT name, version, next_due
            FROM rota.schedule_due
            WHERE slot <= $1::bigint / 16000000 AND (slot, name) > ($2::bigint / 16000000, $3) AND next_due <= $1
            ORDER BY slot, name
            LIMIT $4
            """, rows => new DueTime(rows.GetString(0), rows.GetInt64(1), rows.Instant(2)), stop,
            until, after?.At ?? DateTimeOffset.MinValue, after?.Name ?? "", limit);

    public async Task<IReadOnlyList<Fired?>> FireAsync(
        IReadOnlyList<ScheduleFire> fires, DateTimeOffset now, CancellationToken stop)
    {
        await JobInsert.PrepareAsync(
            database, ScheduleFiring.JobsOf(fires.SelectMany(fire => fire.Occurrences)), stop);
        var byPath = fires.ToLookup(PlainFiring.IsPlain);
        if (!byPath[false].Any())
            return await database.RunAsync(session => PlainFiring.FireAsync(session, fires, now), stop);
        return await database.WriteAsync(async session =>
        {
            var plain = new Queue<Fired?>(await PlainFiring.FireAsync(session, [.. byPath[true]], now));
            var others = new Queue<Fired?>(await ScheduleFiring.FireAsync(session, [.. byPath[false]], now));
            return fires.Select(fire => (PlainFiring.IsPlain(fire) ? plain : others).Dequeue()).ToList();
        }, stop);
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
