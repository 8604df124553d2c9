using Rota.Jobs;

namespace Rota.Sqlite;

/// <summary>The statements that bring a new job into the database.</summary>
internal static class JobInsert
{
    /// <summary>Inserts jobs; their ids rise in the order given, whichever of them begin.</summary>
    public static Enqueued[] Insert(WriteSession session, IReadOnlyList<NewJob> jobs, DateTimeOffset now)
    {
        var enqueued = new Enqueued[jobs.Count];
        var ids = Array.ConvertAll(enqueued, _ => session.NextJobId());
        foreach (var at in session.Starts.InTurn(jobs, job => job.Template))
            enqueued[at] = Insert(session, jobs[at], now, ids[at], enqueued.AsSpan(0, at));
        return enqueued;
    }

    /// <summary>Inserts one job, or finds the one that holds its unique key.</summary>
    /// <param name="id">Which it gets; null for the next one.</param>
    /// <param name="before">What became of the jobs that stand before it in the same insert.</param>
    public static Enqueued Insert(WriteSession session, in NewJob job, DateTimeOffset now, JobId? id = null,
        ReadOnlySpan<Enqueued> before = default)
    {
        var template = job.Template;
        if (template.Unique is not null && FindHolder(session, template, now) is { } holder)
            return new Enqueued(holder, IsNew: false);

        var made = id ?? session.NextJobId();
        InsertAsked(session, made, job, now);
        if (template.Unique is not null)
            Hold(session, made, template, now);
        foreach (var tag in template.Tags)
            session.Db.Run("INSERT OR IGNORE INTO job_tag (tag, id) VALUES (?1, ?2)", tag, made);

        var dueAt = template.DueAt > now ? template.DueAt : null;
        var blockers = template is { DependsOn.Count: 0, DependsOnNew.Count: 0, RetryOf: null }
            ? 0 : JobDependencies.Insert(session, made, template, before);
        if (blockers > 0)
            InsertWaiting(session, made, template, JobState.Blocked, dueAt, blockers);
        else if (dueAt is not null)
            InsertWaiting(session, made, template, JobState.Scheduled, dueAt, blockers: 0);
        else if (!session.Starts.TryStart(session, made, job, now))
            InsertReady(session, made, template.Queue, template.Kind, template.Priority, attempt: 0, crashes: 0);
        return new Enqueued(made, IsNew: true);
    }

    private static void InsertAsked(WriteSession session, JobId id, in NewJob job, DateTimeOffset now)
    {
        var template = job.Template;
        try
        {
            session.Db.Run("""
                INSERT INTO job (id, kind, queue, priority, project, args, settings, key, schedule, retry_of,
                                 created_at)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
                """, id, template.Kind, template.Queue, template.Priority, template.Project, job.Args,
                template.Settings, template.Key, template.Schedule, template.RetryOf, now);
        }
        catch (SqliteConstraintException) when (template.Key is not null)
        {
            throw new ConflictException("job.key_taken", $"A job with the key '{template.Key}' exists already.",
                "Choose another key, or use a unique key to get the existing job back.");
        }
    }

    /// <summary>Makes a job claimable. The caller has taken it out of its former state.</summary>
    public static void InsertReady(
        WriteSession session, JobId id, string queue, string kind, int priority, int attempt, int crashes)
    {
        session.Db.Run("""
            INSERT INTO ready (queue, priority, id, attempt, crashes)
            VALUES (?1, ?2, ?3, ?4, ?5)
            """, queue, priority, id, attempt, crashes);
        session.Count(queue, kind, JobState.Queued, +1);
        session.Starts.Wait(queue);
        session.MadeReady = true;
    }

    private static void InsertWaiting(
        WriteSession session, JobId id, JobTemplate template, JobState state, DateTimeOffset? dueAt, int blockers)
    {
        session.Db.Run("""
            INSERT INTO waiting (id, state, due_at, attempt, crashes, blockers)
            VALUES (?1, ?2, ?3, 0, 0, ?4)
            """, id, state, dueAt, blockers);
        session.Count(template.Queue, template.Kind, state, +1);
        session.MadeWaiting = true;
    }

    private static JobId? FindHolder(WriteSession session, JobTemplate template, DateTimeOffset now)
    {
        using var rows = session.Db.Query("""
            SELECT id
            FROM unique_key
            WHERE project = ?1 AND key = ?2 AND (expires_at IS NULL OR expires_at > ?3)
            """, template.Project, template.Unique!.Key, now);
        return rows.Next() ? rows.JobId(0) : null;
    }

    private static void Hold(WriteSession session, JobId id, JobTemplate template, DateTimeOffset now)
    {
        var unique = template.Unique!;
        session.UsesUniqueKeys = true;
        session.Db.Run("""
            INSERT OR REPLACE INTO unique_key (project, key, id, scope, expires_at)
            VALUES (?1, ?2, ?3, ?4, ?5)
            """, template.Project, unique.Key, id, (int)unique.Scope,
            unique.Scope == UniqueScope.ForPeriod ? now + unique.Period : null);
    }
}
