using Rota.Schedules;

namespace Rota.Postgres;

/// <summary>The statements about how many jobs of a schedule may run.</summary>
internal static class ScheduleLimits
{
    private const int NewestSeen = 100;

    /// <summary>From now on the number is limited: the jobs that are there count, too.</summary>
    public static Task<int> BeginAsync(PostgresSession session, string schedule) =>
        session.RunAsync("""
            UPDATE rota.occurrence
            SET is_open = true
            WHERE schedule = $1 AND outcome IN (0, 4) AND due_at >= (
                SELECT min(due_at)
                FROM (SELECT due_at FROM rota.occurrence WHERE schedule = $1 ORDER BY due_at DESC LIMIT $2) AS newest
            )
            """, schedule, NewestSeen);

    /// <summary>The jobs of its occurrences that have not ended.</summary>
    public static async Task<List<OpenJob>> OpenAsync(PostgresSession session, string schedule)
    {
        await session.RunAsync("""
            UPDATE rota.occurrence o
            SET is_open = false
            WHERE o.schedule = $1 AND o.is_open AND NOT EXISTS (
                SELECT 1
                FROM rota.job j
                WHERE j.id = o.job_id AND NOT EXISTS (
                    SELECT 1 FROM rota.outcome e WHERE e.route = j.route AND e.id = j.id
                )
            )
            """, schedule);
        return await session.ListAsync("""
            SELECT o.job_id, EXISTS (
                    SELECT 1
                    FROM rota.dependency d
                    JOIN rota.job j ON j.id = d.id
                    WHERE d.on_id = o.job_id AND j.schedule = $1
                )
            FROM rota.occurrence o
            WHERE o.schedule = $1 AND o.is_open
            """, rows => new OpenJob(rows.JobId(0), rows.GetBoolean(1)), schedule);
    }
}
