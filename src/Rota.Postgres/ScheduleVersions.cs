using Rota.Events;
using Rota.Schedules;

namespace Rota.Postgres;

/// <summary>The statements about what was done to schedules. Each is an event, too.</summary>
internal static class ScheduleVersions
{
    private const int Kept = 100;
    private static readonly TimeSpan RemovedKeptFor = TimeSpan.FromDays(90);

    /// <param name="schedule">As it stands after the change; when it was removed, as it was before, with the next
    /// version.</param>
    public static async Task AddAsync(
        PostgresSession session, Schedule schedule, string actor, ScheduleChange change, DateTimeOffset now)
    {
        await session.BatchAsync(
        [
            new Statement("""
                INSERT INTO rota.schedule_version (schedule, version, at, actor, change, rule)
                VALUES ($1, $2, $3, $4, $5, $6)
                """, schedule.Name, schedule.Version, now, actor, change, ScheduleRule.Of(schedule).ToJson()),
            new Statement("DELETE FROM rota.schedule_version WHERE schedule = $1 AND version <= $2",
                schedule.Name, schedule.Version - Kept),
        ]);
        await PostgresEvents.AppendAsync(session, [ScheduleEvents.Of(schedule.Name, change, actor, now)]);
    }

    /// <summary>Drops all of schedules that were removed long ago.</summary>
    public static Task<int> DropRemovedAsync(PostgresSession session, DateTimeOffset now) =>
        session.RunAsync("""
            DELETE FROM rota.schedule_version v
            WHERE schedule IN (SELECT schedule FROM rota.schedule_version WHERE change = 4 AND at < $1)
                AND NOT EXISTS (SELECT 1 FROM rota.schedule s WHERE s.name = v.schedule)
                AND NOT EXISTS (
                    SELECT 1
                    FROM rota.schedule_version later
                    WHERE later.schedule = v.schedule AND later.at >= $1
                )
            """, now - RemovedKeptFor);

    public static async Task<IReadOnlyList<ScheduleVersion>> ListAsync(
        PostgresSession session, string name, int limit) =>
        await session.ListAsync("""
            SELECT version, at, actor, change, rule
            FROM rota.schedule_version
            WHERE schedule = $1
            ORDER BY version DESC
            LIMIT $2
            """, rows => new ScheduleVersion(rows.GetInt64(0), rows.Instant(1), rows.GetString(2),
                (ScheduleChange)rows.GetInt32(3), ScheduleRule.Read(rows.Blob(4).Span)), name, limit);
}
