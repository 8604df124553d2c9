using Rota.Jobs;

namespace Rota.Postgres;

/// <summary>The statements about keys that only one job may have.</summary>
internal static class JobKeys
{
    /// <summary>Refuses a job whose own key another one has. Who slips through is refused by the index.</summary>
    /// <exception cref="ConflictException"><c>job.key_taken</c>.</exception>
    public static async Task CheckAsync(PostgresSession session, IReadOnlyList<NewJob> jobs)
    {
        var keys = new HashSet<(string Project, string Key)>();
        foreach (var template in jobs.Select(job => job.Template))
        {
            if (template.Key is { } key
                && (!keys.Add((template.Project, key)) || await IsTakenAsync(session, template)))
            {
                throw Taken(key);
            }
        }
    }

    public static ConflictException Taken(string key) => new("job.key_taken",
        $"A job with the key '{key}' exists already.",
        "Choose another key, or use a unique key to get the existing job back.");

    private static Task<bool> IsTakenAsync(PostgresSession session, JobTemplate template) => session.FindAsync(
        "SELECT true FROM rota.job WHERE project = $1 AND key = $2", rows => rows.GetBoolean(0),
        session.Database.Words.Number(template.Project), template.Key);

    /// <summary>Takes the unique keys of these jobs, in the order of the keys, so that two transactions never wait for
    /// each other.</summary>
    /// <returns>For each job its id, or the one that holds its key.</returns>
    public static async Task<Enqueued[]> HoldAsync(
        PostgresSession session, IReadOnlyList<NewJob> jobs, List<JobId> ids, DateTimeOffset now)
    {
        var enqueued = ids.Select(id => new Enqueued(id, IsNew: true)).ToArray();
        var unique = Enumerable.Range(0, jobs.Count).Where(at => jobs[at].Template.Unique is not null)
            .OrderBy(at => jobs[at].Template.Project, StringComparer.Ordinal)
            .ThenBy(at => jobs[at].Template.Unique!.Key, StringComparer.Ordinal);
        foreach (var at in unique)
            enqueued[at] = await HoldAsync(session, jobs[at].Template, ids[at], now);
        return enqueued;
    }

    private static async Task<Enqueued> HoldAsync(
        PostgresSession session, JobTemplate template, JobId id, DateTimeOffset now)
    {
        var unique = template.Unique!;
        var project = session.Database.Words.Number(template.Project);
        while (true)
        {
            var isHeld = await session.RunAsync("""
                INSERT INTO rota.unique_key (project, key, id, scope, expires_at)
                VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT (project, key) DO UPDATE
                SET id = excluded.id, scope = excluded.scope, expires_at = excluded.expires_at
                WHERE unique_key.expires_at <= $6
                """, project, unique.Key, id, unique.Scope,
                unique.Scope == UniqueScope.ForPeriod ? now + unique.Period : null, now) > 0;
            if (isHeld)
                return new Enqueued(id, IsNew: true);
            var holder = await session.FindAsync("SELECT id FROM rota.unique_key WHERE project = $1 AND key = $2",
                rows => rows.GetInt64(0), project, unique.Key);
            if (holder != 0)
                return new Enqueued(new JobId(holder), IsNew: false);
            // The holder ended in between: the key is free.
        }
    }
}
