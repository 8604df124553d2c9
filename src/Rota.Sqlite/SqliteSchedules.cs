using Rota.Schedules;
using Rota.Sqlite.Native;
using Rota.Storage;

namespace Rota.Sqlite;

/// <summary>Schedules in SQLite.</summary>
internal sealed class SqliteSchedules(SqliteWriter writer, SqliteReaders readers) : IScheduleStore
{
    public Task<IReadOnlyList<Schedule>> ListAsync(int limit, CancellationToken stop) =>
        readers.RunAsync<IReadOnlyList<Schedule>>(db =>
        {
            using var rows = db.Query("""
                SELECT name, project, trigger, kind, args, options, secrets IS NOT NULL, misfire, paused,
                    next_due, last_due, version, created_at, updated_at
                FROM schedule
                ORDER BY name
                LIMIT ?1
                """, limit);
            return ReadAll(rows);
        }, stop);

    public Task<Schedule?> FindAsync(string name, CancellationToken stop) =>
        readers.RunAsync(db => Find(db, name), stop);

    public Task<ScheduleStored> PutAsync(SchedulePut put, DateTimeOffset now, CancellationToken stop) =>
        writer.RunAsync(session =>
        {
            var isNew = Find(session.Db, put.Name) is null;
            // ?9 is null where the put leaves paused as it is, so that the row's own value decides.
            session.Db.Run("""
                INSERT INTO schedule (name, project, trigger, kind, args, options, secrets, misfire, paused,
                    next_due, version, created_at, updated_at)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, coalesce(?9, 0), iif(?9 = 1, NULL, ?10), 1, ?11, ?11)
                ON CONFLICT (name) DO UPDATE
                SET project = excluded.project,
                    trigger = excluded.trigger,
                    kind = excluded.kind,
                    args = excluded.args,
                    options = excluded.options,
                    secrets = iif(?12, excluded.secrets, secrets),
                    misfire = excluded.misfire,
                    paused = coalesce(?9, paused),
                    next_due = CASE
                        WHEN coalesce(?9, paused) = 1 THEN NULL
                        WHEN paused = 0 AND trigger = excluded.trigger THEN next_due
                        ELSE ?10
                    END,
                    version = version + 1,
                    updated_at = excluded.updated_at
                """, put.Name, put.Project, TriggerJson.Write(put.Trigger), put.Kind, put.Args,
                StoredRule.Write(put.Options), put.SecretToken, (int)put.Misfire,
                put.IsPaused is { } isPaused ? isPaused : default(SqlValue), put.NextDue, now, put.SetsSecrets);
            session.ChangedSchedules = true;
            return new ScheduleStored(Find(session.Db, put.Name)!, isNew);
        }, stop);

    public Task<bool> RemoveAsync(string name, CancellationToken stop) =>
        writer.RunAsync(session =>
        {
            session.Db.Run("DELETE FROM occurrence WHERE schedule = ?1", name);
            return session.Db.Run("DELETE FROM schedule WHERE name = ?1", name) > 0;
        }, stop);

    public Task<bool> PauseAsync(string name, DateTimeOffset now, CancellationToken stop) =>
        writer.RunAsync(session => session.Db.Run("""
            UPDATE schedule
            SET paused = 1, next_due = NULL, version = version + 1, updated_at = ?2
            WHERE name = ?1 AND paused = 0
            """, name, now) > 0, stop);

    public Task<bool> ResumeAsync(
        string name, long version, DateTimeOffset? nextDue, DateTimeOffset now, CancellationToken stop) =>
        writer.RunAsync(session =>
        {
            session.ChangedSchedules = true;
            return session.Db.Run("""
                UPDATE schedule
                SET paused = 0, next_due = ?3, version = version + 1, updated_at = ?4
                WHERE name = ?1 AND version = ?2 AND paused = 1
                """, name, version, nextDue, now) > 0;
        }, stop);

    /// <remarks>Reads index <c>schedule_due (next_due, name) WHERE paused = 0 AND next_due IS NOT NULL</c>.</remarks>
    public Task<IReadOnlyList<Schedule>> DueAsync(
        DateTimeOffset now, Schedule? after, int limit, CancellationToken stop) =>
        readers.RunAsync<IReadOnlyList<Schedule>>(db =>
        {
            using var rows = db.Query("""
                SELECT name, project, trigger, kind, args, options, secrets IS NOT NULL, misfire, paused,
                    next_due, last_due, version, created_at, updated_at
                FROM schedule INDEXED BY schedule_due
                WHERE paused = 0 AND next_due IS NOT NULL AND next_due <= ?1 AND (next_due, name) > (?2, ?3)
                ORDER BY next_due, name
                LIMIT ?4
                """, now, after?.NextDue ?? DateTimeOffset.MinValue, after?.Name ?? "", limit);
            return ReadAll(rows);
        }, stop);

    /// <remarks>Reads index <c>schedule_due</c>.</remarks>
    public Task<DateTimeOffset?> NextDueAsync(DateTimeOffset now, CancellationToken stop) =>
        readers.RunAsync(db =>
        {
            using var rows = db.Query("""
                SELECT min(next_due)
                FROM schedule INDEXED BY schedule_due
                WHERE paused = 0 AND next_due IS NOT NULL AND next_due > ?1
                """, now);
            return rows.Next() ? rows.InstantOrNull(0) : null;
        }, stop);

    public Task<int?> FireAsync(ScheduleFire fire, DateTimeOffset now, CancellationToken stop) =>
        writer.RunAsync(session => ScheduleFiring.Fire(session, fire, now), stop);

    public Task<IReadOnlyList<Occurrence>> OccurrencesAsync(string name, int limit, CancellationToken stop) =>
        readers.RunAsync<IReadOnlyList<Occurrence>>(db =>
        {
            var occurrences = new List<Occurrence>();
            using var rows = db.Query("""
                SELECT due_at, outcome, job_id, at
                FROM occurrence
                WHERE schedule = ?1
                ORDER BY due_at DESC
                LIMIT ?2
                """, name, limit);
            while (rows.Next())
            {
                occurrences.Add(new Occurrence(rows.Instant(0), (OccurrenceOutcome)rows.Int32(1),
                    rows.IsNull(2) ? null : rows.JobId(2), rows.Instant(3)));
            }
            return occurrences;
        }, stop);

    private static Schedule? Find(SqliteConnection db, string name)
    {
        using var rows = db.Query("""
            SELECT name, project, trigger, kind, args, options, secrets IS NOT NULL, misfire, paused,
                next_due, last_due, version, created_at, updated_at
            FROM schedule
            WHERE name = ?1
            """, name);
        return rows.Next() ? Read(rows) : null;
    }

    private static List<Schedule> ReadAll(Rows rows)
    {
        var schedules = new List<Schedule>();
        while (rows.Next())
            schedules.Add(Read(rows));
        return schedules;
    }

    private static Schedule Read(Rows rows)
    {
        var text = rows.Text(2);
        var rule = StoredRule.Read(text, rows.BlobOrNull(5));
        return new Schedule
        {
            Name = rows.Text(0),
            Project = rows.Text(1),
            TriggerText = text,
            Trigger = rule.Trigger,
            Broken = rule.Broken,
            Kind = rows.Text(3),
            Args = rows.Blob(4),
            Options = rule.Options,
            HasSecrets = rows.Bool(6),
            Misfire = (Misfire)rows.Int32(7),
            IsPaused = rows.Bool(8),
            NextDue = rows.InstantOrNull(9),
            LastDue = rows.InstantOrNull(10),
            Version = rows.Int64(11),
            CreatedAt = rows.Instant(12),
            UpdatedAt = rows.Instant(13),
        };
    }
}
