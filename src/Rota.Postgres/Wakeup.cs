namespace Rota.Postgres;

/// <summary>What one transaction did that loops wait for, here and on other nodes.</summary>
internal sealed class Wakeup
{
    /// <summary>By lane, the smallest id that became ready.</summary>
    public Dictionary<Lane, long> Ready { get; } = [];

    /// <summary>The limited queues of which a job ended.</summary>
    public HashSet<int> Opened { get; } = [];

    /// <summary>Queues were paused, resumed or limited.</summary>
    public bool ChangedQueues { get; set; }

    public bool MadeWaiting { get; set; }

    public bool AskedCancel { get; set; }

    public bool ChangedSchedules { get; set; }

    /// <summary>The other processes heard of it already.</summary>
    public bool IsTold { get; set; }

    public bool IsEmpty => Ready.Count == 0 && Opened.Count == 0 && !ChangedQueues && !MadeWaiting && !AskedCancel
        && !ChangedSchedules;

    public void MadeReady(Lane lane, long id)
    {
        if (!Ready.TryGetValue(lane, out var smallest) || id < smallest)
            Ready[lane] = id;
    }

    public void Add(Wakeup other)
    {
        foreach (var (lane, id) in other.Ready)
            MadeReady(lane, id);
        Opened.UnionWith(other.Opened);
        ChangedQueues |= other.ChangedQueues;
        MadeWaiting |= other.MadeWaiting;
        AskedCancel |= other.AskedCancel;
        ChangedSchedules |= other.ChangedSchedules;
    }
}

/// <summary>One priority of one queue: where a claim looks.</summary>
/// <param name="Queue">Number of its word.</param>
internal readonly record struct Lane(int Queue, int Priority)
{
    /// <summary>Both in one number, for statements.</summary>
    public long Key => Queue * 10L + Priority;

    public static Lane Of(long key) => new((int)(key / 10), (int)(key % 10));
}
