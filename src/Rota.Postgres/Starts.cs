using Rota.Storage;

namespace Rota.Postgres;

/// <summary>New jobs of one transaction that begin straight away in the worker of this process: they are inserted as
/// running, and are in its hands after the commit.</summary>
internal sealed class Starts(PostgresDatabase database)
{
    private readonly List<Claimed> _jobs = [];
    private int _reserved;
    private long _askedTicks;

    /// <summary>Marks the rows that may begin, as far as there is room.</summary>
    public void Reserve(NewRows rows)
    {
        var room = database.Signals.Room;
        // A unique key may be one that is held until its job starts, which a claim looks after.
        var candidates = rows.Queued(row => row.Job.Template.Unique is null && room.Serves(row.Job.Template.Queue)
            && (!room.IsStrict || database.Lanes.IsCold(row.Lane)));
        if (candidates.Count == 0)
            return;
        var (slots, ahead, askedTicks) = room.Reserve(candidates.Count);
        if (_reserved == 0)
            _askedTicks = askedTicks;
        _reserved += slots + ahead;
        foreach (var row in candidates.OrderBy(row => room.TurnOf(row.Job.Template.Queue, row.Lane.Priority)))
        {
            if (slots > 0)
                (row.Start, slots) = (Start.InSlot, slots - 1);
            else if (ahead > 0 && !row.IsAlone)
                (row.Start, ahead) = (Start.Ahead, ahead - 1);
        }
    }

    public void Add(Claimed job) => _jobs.Add(job);

    /// <summary>They are committed.</summary>
    public void Begin()
    {
        if (_reserved == 0)
            return;
        _jobs.RemoveAll(job => !database.Held.TryAdd(job.Token)); // a check was faster
        End();
        var room = database.Signals.Room;
        room.Begin(_jobs.OrderBy(job => room.TurnOf(job.Queue, job.Priority)), _askedTicks);
    }

    /// <summary>They are not committed, or nobody knows: then a check finds them.</summary>
    public void Drop()
    {
        if (_reserved == 0)
            return;
        _jobs.Clear();
        database.Held.Doubt();
        End();
        database.Signals.Ready.Set();
    }

    private void End()
    {
        database.Signals.Room.Release(_reserved - _jobs.Count);
        _reserved = 0;
    }
}

/// <summary>Whether a new job begins straight away.</summary>
internal enum Start : short
{
    Not = 0,
    InSlot = 1,
    Ahead = 2,

    /// <summary>In the worker of another process.</summary>
    Elsewhere = 3,
}
