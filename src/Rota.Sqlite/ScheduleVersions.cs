using Rota.Events;
using Rota.Schedules;
using Rota.Sqlite.Native;

namespace Rota.Sqlite;

/// <summary>The statements about what was done to schedules. Each is an event, too.</summary>
internal static class ScheduleVersions
{
    private const int Kept = 100;
    private static readonly TimeSpan RemovedKeptFor = TimeSpan.FromDays(90);

    /// <param name="schedule">As it stands after the change; when it was removed, as it was before, with the next
    /// version.</param>
    public static void Add(
        WriteSession session, Schedule schedule, string actor, ScheduleChange change, DateTimeOffset now)
    {
        session.Db.Run("""
            INSERT INTO schedule_version (schedule, version, at, actor, change, rule)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            """, schedule.Name, schedule.Version, now, actor, (int)change, ScheduleRule.Of(schedule).ToJson());
        session.Db.Run("DELETE FROM schedule_version WHERE schedule = ?1 AND version <= ?2",
            schedule.Name, schedule.Version - Kept);
        SqliteEvents.Append(session, [ScheduleEvents.Of(schedule.Name, change, actor, now)]);
    }

    /// <summary>Drops all of schedules that were removed long ago.</summary>
    public static void DropRemoved(WriteSession session, DateTimeOffset now) =>
        session.Db.Run("""
            DELETE FROM schedule_version
            WHERE schedule IN (SELECT schedule FROM schedule_version WHERE change = 4 AND at < ?1)
                AND NOT EXISTS (SELECT 1 FROM schedule WHERE name = schedule_version.schedule)
                AND NOT EXISTS (
                    SELECT 1
                    FROM schedule_version later
                    WHERE later.schedule = schedule_version.schedule AND later.at >= ?1
                )
            """, now - RemovedKeptFor);

    public static IReadOnlyList<ScheduleVersion> List(SqliteConnection db, string name, int limit)
    {
        var versions = new List<ScheduleVersion>();
        using var rows = db.Query("""
            SELECT version, at, actor, change, rule
            FROM schedule_version
            WHERE schedule = ?1
            ORDER BY version DESC
            LIMIT ?2
            """, name, limit);
        while (rows.Next())
        {
            versions.Add(new ScheduleVersion(rows.Int64(0), rows.Instant(1), rows.Text(2),
                (ScheduleChange)rows.Int32(3), ScheduleRule.Read(rows.Blob(4))));
        }
        return versions;
    }
}
