using Rota.Schedules;
using Rota.Sqlite.Native;
using Rota.Storage;

namespace Rota.Sqlite;

/// <summary>Schedules in SQLite.</summary>
internal sealed class SqliteSchedules(SqliteWriter writer, SqliteReaders readers) : IScheduleStore
{
    public Task<IReadOnlyList<Schedule>> ListAsync(string? after, int limit, CancellationToken stop) =>
        readers.RunAsync<IReadOnlyList<Schedule>>(db =>
        {
            var schedules = new List<Schedule>();
            using var rows = db.Query(SelectPage, after ?? "", limit);
            while (rows.Next())
                schedules.Add(Read(rows));
            return schedules;
        }, stop);

    private const string Select = """
        SELECT name, project, trigger, kind, args, options, policy, owner, secrets IS NOT NULL,
            paused, next_due, last_due, version, created_at, updated_at
        FROM schedule
        JOIN schedule_due USING (name)
        """;

    private const string SelectPage = $"{Select} WHERE name > ?1 ORDER BY name LIMIT ?2";
    private const string SelectOne = $"{Select} WHERE name = ?1";

    public Task<Schedule?> FindAsync(string name, CancellationToken stop) =>
        readers.RunAsync(db => Find(db, name), stop);

    public Task<IReadOnlyList<Schedule>> FindAsync(IReadOnlyList<string> names, CancellationToken stop) =>
        readers.RunAsync<IReadOnlyList<Schedule>>(db => [.. names.Select(name => Find(db, name)).OfType<Schedule>()],
            stop);

    public Task<ScheduleStored> PutAsync(SchedulePut put, DateTimeOffset now, CancellationToken stop) =>
        writer.RunAsync(session =>
        {
            var old = Find(session.Db, put.Name);
            if (put.Judge(old) is { } outcome)
                return new ScheduleStored(old, outcome);
            Write(session.Db, put, old, now);
            session.ChangedSchedules = true;
            var stored = Find(session.Db, put.Name)!;
            if (stored.Policy.MaxRunning is not null && old?.Policy.MaxRunning is null)
                ScheduleLimits.Begin(session, put.Name);
            ScheduleVersions.Add(session, stored, put.Actor,
                old is null ? ScheduleChange.Made : ScheduleChange.Changed, now);
            return new ScheduleStored(stored, old is null ? PutOutcome.Made : PutOutcome.Changed);
        }, stop);

    private static void Write(SqliteConnection db, SchedulePut put, Schedule? old, DateTimeOffset now)
    {
        db.Run("""
            INSERT INTO schedule (name, project, trigger, kind, args, options, policy, owner, secrets, created_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            ON CONFLICT (name) DO UPDATE
            SET project = excluded.project,
                trigger = excluded.trigger,
                kind = excluded.kind,
                args = excluded.args,
                options = excluded.options,
                policy = excluded.policy,
                owner = excluded.owner,
                secrets = iif(?11, excluded.secrets, secrets)
            """, put.Name, put.Project, TriggerJson.Write(put.Trigger), put.Kind, put.Args,
            StoredRule.Write(put.Options), StoredRule.Write(put.Policy), put.Owner, put.SecretToken, now,
            put.SetsSecrets);
        db.Run("""
            INSERT INTO schedule_due (name, next_due, version, updated_at, paused)
            VALUES (?1, ?2, 1 + coalesce((SELECT max(version) FROM schedule_version WHERE schedule = ?1), 0), ?3, ?4)
            ON CONFLICT (name) DO UPDATE
            SET next_due = excluded.next_due,
                version = version + 1,
                updated_at = excluded.updated_at,
                paused = excluded.paused
            """, put.Name, put.NextDueAfter(old), now, put.IsPausedAfter(old));
    }

    public Task<ScheduleStored?> RemoveAsync(ScheduleRemove remove, DateTimeOffset now, CancellationToken stop) =>
        writer.RunAsync<ScheduleStored?>(session =>
        {
            if (Find(session.Db, remove.Name) is not { } old)
                return null;
            if (!remove.May(old))
                return new ScheduleStored(old, PutOutcome.Owned);
            session.Db.Run("DELETE FROM occurrence WHERE schedule = ?1", remove.Name);
            session.Db.Run("DELETE FROM schedule WHERE name = ?1", remove.Name);
            session.Db.Run("DELETE FROM schedule_due WHERE name = ?1", remove.Name);
            ScheduleVersions.Add(session, old with { Version = old.Version + 1 }, remove.Actor,
                ScheduleChange.Removed, now);
            ScheduleVersions.DropRemoved(session, now);
            return new ScheduleStored(old, PutOutcome.Changed);
        }, stop);

    public Task<bool> PauseAsync(string name, string actor, DateTimeOffset now, CancellationToken stop) =>
        writer.RunAsync(session => Noted(session, name, actor, ScheduleChange.Paused, now, session.Db.Run("""
            UPDATE schedule_due
            SET paused = 1, next_due = NULL, version = version + 1, updated_at = ?2
            WHERE name = ?1 AND paused = 0
            """, name, now)), stop);

    public Task<bool> ResumeAsync(string name, long version, DateTimeOffset? nextDue, string actor,
        DateTimeOffset now, CancellationToken stop) =>
        writer.RunAsync(session =>
        {
            session.ChangedSchedules = true;
            return Noted(session, name, actor, ScheduleChange.Resumed, now, session.Db.Run("""
                UPDATE schedule_due
                SET paused = 0, next_due = ?3, version = version + 1, updated_at = ?4
                WHERE name = ?1 AND version = ?2 AND paused = 1
                """, name, version, nextDue, now));
        }, stop);

    private static bool Noted(WriteSession session, string name, string actor, ScheduleChange change,
        DateTimeOffset now, int changed)
    {
        if (changed == 0)
            return false;
        ScheduleVersions.Add(session, Find(session.Db, name)!, actor, change, now);
        return true;
    }

    public Task<IReadOnlyList<ScheduleVersion>> VersionsAsync(string name, int limit, CancellationToken stop) =>
        readers.RunAsync(db => ScheduleVersions.List(db, name, limit), stop);

    /// <remarks>Reads index <c>schedule_due_next (next_due, name) WHERE next_due IS NOT NULL</c>.</remarks>
    public Task<IReadOnlyList<DueTime>> DueAsync(
        DateTimeOffset until, DueTime? after, int limit, CancellationToken stop) =>
        readers.RunAsync<IReadOnlyList<DueTime>>(db =>
        {
            var due = new List<DueTime>();
            using var rows = db.Query("""
                SELECT name, version, next_due
                FROM schedule_due INDEXED BY schedule_due_next
                WHERE next_due IS NOT NULL AND next_due <= ?1 AND (next_due, name) > (?2, ?3)
                ORDER BY next_due, name
                LIMIT ?4
                """, until, after?.At ?? DateTimeOffset.MinValue, after?.Name ?? "", limit);
            while (rows.Next())
                due.Add(new DueTime(rows.Text(0), rows.Int64(1), rows.Instant(2)));
            return due;
        }, stop);

    public Task<IReadOnlyList<Fired?>> FireAsync(
        IReadOnlyList<ScheduleFire> fires, DateTimeOffset now, CancellationToken stop) =>
        writer.RunAsync<IReadOnlyList<Fired?>>(session => ScheduleFiring.Fire(session, fires, now), stop);

    public Task<IReadOnlyList<Occurrence>> BackfillAsync(
        Schedule schedule, IReadOnlyList<DueOccurrence> occurrences, DateTimeOffset now, CancellationToken stop) =>
        writer.RunAsync(session => ScheduleFiring.Backfill(session, schedule, occurrences, now), stop);

    public Task<IReadOnlyList<Occurrence>> OccurrencesAsync(
        string name, DateTimeOffset? before, int limit, CancellationToken stop) =>
        readers.RunAsync<IReadOnlyList<Occurrence>>(db => Occurrences(db, name, before, limit), stop);

    public Task<ILookup<string, Occurrence>> LatestAsync(
        IReadOnlyList<string> names, int limit, CancellationToken stop) =>
        readers.RunAsync(db => names
            .SelectMany(name => Occurrences(db, name, before: null, limit).Select(one => (Name: name, One: one)))
            .ToLookup(pair => pair.Name, pair => pair.One), stop);

    private static List<Occurrence> Occurrences(SqliteConnection db, string name, DateTimeOffset? before, int limit)
    {
        var occurrences = new List<Occurrence>();
        using var rows = db.Query("""
            SELECT due_at, outcome, job_id, at
            FROM occurrence
            WHERE schedule = ?1 AND due_at < ?2
            ORDER BY due_at DESC
            LIMIT ?3
            """, name, before ?? DateTimeOffset.MaxValue, limit);
        while (rows.Next())
        {
            occurrences.Add(new Occurrence(rows.Instant(0), (OccurrenceOutcome)rows.Int32(1),
                rows.IsNull(2) ? null : rows.JobId(2), rows.Instant(3)));
        }
        return occurrences;
    }

    public Task DropOldAsync(IReadOnlyList<string> names, DateTimeOffset now, CancellationToken stop) =>
        writer.RunAsync(session =>
        {
            foreach (var name in names)
                ScheduleFiring.DropOld(session, name, now);
            return names.Count;
        }, stop);

    private static Schedule? Find(SqliteConnection db, string name)
    {
        using var rows = db.Query(SelectOne, name);
        return rows.Next() ? Read(rows) : null;
    }

    private static Schedule Read(Rows rows)
    {
        var text = rows.Text(2);
        var rule = StoredRule.Read(text, rows.BlobOrNull(5), rows.BlobOrNull(6));
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
            Policy = rule.Policy,
            Owner = rows.TextOrNull(7),
            HasSecrets = rows.Bool(8),
            IsPaused = rows.Bool(9),
            NextDue = rows.InstantOrNull(10),
            LastDue = rows.InstantOrNull(11),
            Version = rows.Int64(12),
            CreatedAt = rows.Instant(13),
            UpdatedAt = rows.Instant(14),
        };
    }
}
