using Rota.Schedules;

namespace Rota.Sqlite;

/// <summary>The statements about how many jobs of a schedule may run.</summary>
internal static class ScheduleLimits
{
    private const int NewestSeen = 100;

    /// <summary>From now on the number is limited: the jobs that are there count, too.</summary>
    public static void Begin(WriteSession session, string schedule) =>
        session.Db.Run("""
            UPDATE occurrence
            SET is_open = 1
            WHERE schedule = ?1 AND outcome IN (0, 4) AND due_at >= (
                SELECT min(due_at)
                FROM (SELECT due_at FROM occurrence WHERE schedule = ?1 ORDER BY due_at DESC LIMIT ?2)
            )
            """, schedule, NewestSeen);

    /// <summary>The jobs of its occurrences that have not ended.</summary>
    public static List<OpenJob> Open(WriteSession session, string schedule)
    {
        session.Db.Run("""
            UPDATE occurrence
            SET is_open = 0
            WHERE schedule = ?1 AND is_open = 1 AND (
                EXISTS (SELECT 1 FROM outcome WHERE id = occurrence.job_id)
                OR NOT EXISTS (SELECT 1 FROM job WHERE id = occurrence.job_id)
            )
            """, schedule);
        var open = new List<OpenJob>();
        using var rows = session.Db.Query("""
            SELECT job_id, EXISTS (
                    SELECT 1
                    FROM dependency
                    JOIN job ON job.id = dependency.id
                    WHERE dependency.on_id = occurrence.job_id AND job.schedule = ?1
                )
            FROM occurrence INDEXED BY occurrence_open
            WHERE schedule = ?1 AND is_open = 1
            """, schedule);
        while (rows.Next())
            open.Add(new OpenJob(rows.JobId(0), rows.Bool(1)));
        return open;
    }
}
