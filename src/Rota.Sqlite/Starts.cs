using Rota.Jobs;
using Rota.Storage;
using Rota.Workers;

namespace Rota.Sqlite;

/// <summary>New jobs of one transaction that begin straight away in the worker of this process: they are inserted as
/// running, and are in its hands after the commit.</summary>
/// <remarks>Only while nothing waits in their queue, so that nobody is passed by.</remarks>
internal sealed class Starts(Room room)
{
    private readonly List<(Claimed Job, long AskedTicks)> _jobs = [];

    // Of the queues that this transaction met: whether jobs may begin.
    private readonly Dictionary<string, bool> _isOpen = [];

    /// <summary>Of the worker; null until it first asked for jobs.</summary>
    public string? Node { get; set; }

    /// <summary>The numbers of what is inserted together, in the order in which a claim would take it: what is urgent
    /// gets the room. What depends on others of them, or may be one of them, comes last, as given.</summary>
    /// <param name="toTemplate">Null where there is no job.</param>
    public IEnumerable<int> InTurn<T>(IReadOnlyList<T> all, Func<T, JobTemplate?> toTemplate) =>
        Enumerable.Range(0, all.Count).OrderBy(at =>
            toTemplate(all[at]) is { Unique: null, DependsOnNew.Count: 0 } template
                ? room.TurnOf(template.Queue, template.Priority)
                : (int.MaxValue, int.MaxValue));

    /// <summary>Inserts a job that is asked for already as one that runs.</summary>
    /// <returns>False when it may not begin: nothing was written.</returns>
    public bool TryStart(WriteSession session, JobId id, in NewJob job, DateTimeOffset now)
    {
        var template = job.Template;
        // A unique key may be one that is held until its job starts, which a claim looks after.
        if (Node is null || template.Unique is not null || !room.Serves(template.Queue)
            || !IsOpen(session, template.Queue))
            return false;
        var isAlone = JobSettings.Parse(template.Settings).MaxAttempts <= 1;
        var (slots, ahead, askedTicks) = room.Reserve(1);
        if (slots + ahead == 0)
            return false;
        if (slots == 0 && isAlone)
        {
            room.Release(1); // a crash must be blamed only on what really ran, not on what waits in a worker
            return false;
        }
        var started = Started(session, id, job, now);
        _jobs.Add((started, askedTicks));
        session.Db.Run("""
            INSERT INTO running (id, token, node, attempt, crashes, started_at, is_prefetched)
            VALUES (?1, ?2, ?3, 1, 0, ?4, ?5)
            """, id, started.Token, Node, now, slots == 0);
        session.Count(template.Queue, template.Kind, JobState.Running, +1);
        return true;
    }

    private bool IsOpen(WriteSession session, string queue)
    {
        if (_isOpen.TryGetValue(queue, out var isOpen))
            return isOpen;
        using var rows = session.Db.Query("""
            SELECT 1
            WHERE EXISTS (SELECT 1 FROM ready WHERE queue = ?1)
                OR EXISTS (SELECT 1 FROM queue WHERE name = ?1 AND (paused = 1 OR max_running IS NOT NULL))
            """, queue);
        return _isOpen[queue] = !rows.Next();
    }

    private static Claimed Started(WriteSession session, JobId id, in NewJob job, DateTimeOffset now) => new()
    {
        Id = id,
        Token = session.NextToken(),
        Attempt = 1,
        Crashes = 0,
        Kind = job.Template.Kind,
        Queue = job.Template.Queue,
        Priority = job.Template.Priority,
        Project = job.Template.Project,
        Args = job.Args,
        Settings = job.Template.Settings,
        Schedule = job.Template.Schedule,
        CreatedAt = now,
    };

    /// <summary>A job waits in this queue now, or it was paused or limited.</summary>
    public void Wait(string queue) => _isOpen[queue] = false;

    /// <summary>They are committed.</summary>
    public void Begin()
    {
        foreach (var (job, askedTicks) in _jobs)
            room.Begin([job], askedTicks);
        _jobs.Clear();
    }

    /// <summary>The transaction is over: what of it has not begun never will.</summary>
    public void Forget()
    {
        room.Release(_jobs.Count);
        _jobs.Clear();
        _isOpen.Clear();
    }
}
