using Npgsql;
using Rota.Schedules;
using Rota.Storage;

namespace Rota.Postgres;

/// <summary>Schedules in PostgreSQL.</summary>
internal sealed class PostgresSchedules(PostgresDatabase database) : IScheduleStore
{
    public async Task<IReadOnlyList<Schedule>> ListAsync(int limit, CancellationToken stop) =>
        await database.ListAsync("""
            SELECT name, project, trigger, kind, args, options, secrets IS NOT NULL, misfire, is_paused,
                next_due, last_due, version, created_at, updated_at
            FROM rota.schedule
            ORDER BY name
            LIMIT $1
            """, Read, stop, limit);

    public Task<Schedule?> FindAsync(string name, CancellationToken stop) =>
        database.FindAsync("""
            SELECT name, project, trigger, kind, args, options, secrets IS NOT NULL, misfire, is_paused,
                next_due, last_due, version, created_at, updated_at
            FROM rota.schedule
            WHERE name = $1
            """, Read, stop, name);

    public Task<ScheduleStored> PutAsync(SchedulePut put, DateTimeOffset now, CancellationToken stop) =>
        database.RunAsync(async session =>
        {
            session.Wakeup.ChangedSchedules = true;
            // $9 is null where the put leaves paused as it is, so that the row's own value decides.
            var stored = await session.FindAsync("""
                INSERT INTO rota.schedule AS old (name, project, trigger, kind, args, options, secrets, misfire,
                    is_paused, next_due, version, created_at, updated_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, coalesce($9, false),
                    CASE WHEN $9 THEN NULL ELSE $10::bigint END, 1, $11, $11)
                ON CONFLICT (name) DO UPDATE
                SET project = excluded.project,
                    trigger = excluded.trigger,
                    kind = excluded.kind,
                    args = excluded.args,
                    options = excluded.options,
                    secrets = CASE WHEN $12 THEN excluded.secrets ELSE old.secrets END,
                    misfire = excluded.misfire,
                    is_paused = coalesce($9, old.is_paused),
                    next_due = CASE
                        WHEN coalesce($9, old.is_paused) THEN NULL
                        WHEN NOT old.is_paused AND old.trigger = excluded.trigger THEN old.next_due
                        ELSE $10
                    END,
                    version = old.version + 1,
                    updated_at = excluded.updated_at
                RETURNING name, project, trigger, kind, args, options, secrets IS NOT NULL, misfire, is_paused,
                    next_due, last_due, version, created_at, updated_at
                """, Read, put.Name, put.Project, TriggerJson.Write(put.Trigger), put.Kind, put.Args,
                StoredRule.Write(put.Options), put.SecretToken, put.Misfire, put.IsPaused, put.NextDue, now,
                put.SetsSecrets);
            return new ScheduleStored(stored!, IsNew: stored!.Version == 1);
        }, stop);

    public Task<bool> RemoveAsync(string name, CancellationToken stop) =>
        database.WriteAsync(async session =>
        {
            // The schedule first, as a firing does: who is second waits here and finds nothing.
            var isRemoved = await session.RunAsync("DELETE FROM rota.schedule WHERE name = $1", name) > 0;
            await session.RunAsync("DELETE FROM rota.occurrence WHERE schedule = $1", name);
            return isRemoved;
        }, stop);

    public async Task<bool> PauseAsync(string name, DateTimeOffset now, CancellationToken stop) =>
        await database.RunAsync("""
            UPDATE rota.schedule
            SET is_paused = true, next_due = NULL, version = version + 1, updated_at = $2
            WHERE name = $1 AND NOT is_paused
            """, stop, name, now) > 0;

    public Task<bool> ResumeAsync(
        string name, long version, DateTimeOffset? nextDue, DateTimeOffset now, CancellationToken stop) =>
        database.RunAsync(async session =>
        {
            session.Wakeup.ChangedSchedules = true;
            return await session.RunAsync("""
                UPDATE rota.schedule
                SET is_paused = false, next_due = $3, version = version + 1, updated_at = $4
                WHERE name = $1 AND version = $2 AND is_paused
                """, name, version, nextDue, now) > 0;
        }, stop);

    /// <remarks>Reads index <c>schedule_due (next_due, name) WHERE NOT is_paused AND next_due IS NOT NULL</c>.
    /// </remarks>
    public async Task<IReadOnlyList<Schedule>> DueAsync(
        DateTimeOffset now, Schedule? after, int limit, CancellationToken stop) =>
        await database.ListAsync("""
            SELECT name, project, trigger, kind, args, options, secrets IS NOT NULL, misfire, is_paused,
                next_due, last_due, version, created_at, updated_at
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

    public async Task<int?> FireAsync(ScheduleFire fire, DateTimeOffset now, CancellationToken stop)
    {
        await JobInsert.PrepareAsync(database, ScheduleFiring.JobsOf(fire.Occurrences), stop);
        return await database.WriteAsync(session => ScheduleFiring.FireAsync(session, fire, now), stop);
    }

    public async Task<IReadOnlyList<Occurrence>> OccurrencesAsync(string name, int limit, CancellationToken stop) =>
        await database.ListAsync("""
            SELECT due_at, outcome, job_id, at
            FROM rota.occurrence
            WHERE schedule = $1
            ORDER BY due_at DESC
            LIMIT $2
            """, rows => new Occurrence(rows.Instant(0), (OccurrenceOutcome)rows.GetInt32(1),
                rows.IsDBNull(2) ? null : rows.JobId(2), rows.Instant(3)), stop, name, limit);

    private static Schedule Read(NpgsqlDataReader rows)
    {
        var text = rows.GetString(2);
        var rule = StoredRule.Read(text, rows.BlobOrNull(5));
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
            HasSecrets = rows.GetBoolean(6),
            Misfire = (Misfire)rows.GetInt32(7),
            IsPaused = rows.GetBoolean(8),
            NextDue = rows.InstantOrNull(9),
            LastDue = rows.InstantOrNull(10),
            Version = rows.GetInt64(11),
            CreatedAt = rows.Instant(12),
            UpdatedAt = rows.Instant(13),
        };
    }
}
