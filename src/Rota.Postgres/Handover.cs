using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Rota.Queues;
using Rota.Storage;

namespace Rota.Postgres;

/// <summary>Hands single new jobs to workers of other processes that have slots free: such a job is stored as running
/// there, and its worker only reads it, where a claim would be one more commit to wait for.</summary>
/// <remarks>
/// A worker that finds less than it could take offers slots to everybody; who enqueues takes one for a job that nothing
/// keeps back. An offer is only a hint and ends by itself: the insert looks whether the worker's lease is held and the
/// queue is open, and the worker whether it holds the job. What it has no room for any more it gives back at once; what
/// it never hears of it finds among what it holds and knows nothing of; what a dead one held is rescued.
/// </remarks>
internal sealed class Handover(PostgresDatabase database) : IAsyncDisposable
{
    private const int SlotsMax = 32; // so many jobs wait for the end of its lease when a worker dies
    private static readonly TimeSpan Renewal = TimeSpan.FromSeconds(2);

    // A worker without work comes by every five seconds.
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(8);

    // Until nobody hands over any more to a worker that has taken its offer back.
    private static readonly TimeSpan Aftermath = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private readonly Dictionary<long, Offer> _offers = [];
    private readonly List<long> _told = []; // used by the listening connection's loop alone
    private int _open; // of what this process offered, as far as it heard
    private long _offeredAt;

    /// <summary>A slot of another process.</summary>
    /// <param name="Node">Number of its name.</param>
    public readonly record struct Slot(long Session, int Node);

    /// <param name="Queues">None: all but those of a node.</param>
    private sealed record Offer(Slot Slot, HashSet<int> Queues)
    {
        private readonly long _heardAt = Stopwatch.GetTimestamp();

        public int Open { get; set; }

        public bool IsOver => Stopwatch.GetElapsedTime(_heardAt) > Length;
    }

    /// <summary>Slots that others offer.</summary>
    public int Offered
    {
        get
        {
            lock (_lock)
                return _offers.Values.Where(offer => !offer.IsOver).Sum(offer => offer.Open);
        }
    }

    /// <summary>A slot for a job of this queue, of the worker that offers most; null when nobody offers one.</summary>
    public Slot? TryTake(int queue)
    {
        lock (_lock)
        {
            Offer? most = null;
            foreach (var offer in _offers.Values)
            {
                if (offer.Open > (most?.Open ?? 0) && !offer.IsOver && IsFor(offer, queue))
                    most = offer;
            }
            if (most is not null)
                most.Open--;
            return most?.Slot;
        }
    }

    private bool IsFor(Offer offer, int queue) => offer.Queues.Count > 0 ? offer.Queues.Contains(queue)
        : database.Words.Find(queue) is { } name && !NodeQueue.IsOf(name);

    /// <summary>What the worker of another process offers, in place of what it offered before.</summary>
    /// <param name="text">As <see cref="Renew"/> writes it.</param>
    public void Hear(string text)
    {
        var numbers = Array.ConvertAll(text.Split(','), part => long.Parse(part, CultureInfo.InvariantCulture));
        var slot = new Slot(numbers[0], (int)numbers[1]);
        lock (_lock)
        {
            foreach (var over in _offers.Values.Where(offer => offer.IsOver).ToList())
                _offers.Remove(over.Slot.Session);
            _offers[slot.Session] = new Offer(slot, [.. numbers.Skip(3).Select(queue => (int)queue)])
            {
                Open = (int)numbers[2],
            };
        }
    }

    /// <summary>Others may not know what this process offers.</summary>
    public void Repeat()
    {
        lock (_lock)
            _open = 0;
        database.Signals.Ready.Set();
    }

    /// <summary>Offers the slots that are free: when half of those offered before are used, and every few seconds.
    /// </summary>
    /// <param name="queues">That the worker serves; none for all.</param>
    public void Renew(IReadOnlyList<string> queues)
    {
        var room = database.Signals.Room;
        var open = room.IsStrict ? 0 : Math.Min(room.Offered, SlotsMax);
        if (open == 0 || !database.Wakeups.IsListening || database.Lease.IsAlone)
            return;
        lock (_lock)
        {
            if (_open > open / 2 && Stopwatch.GetElapsedTime(_offeredAt) < Renewal)
                return;
            (_open, _offeredAt) = (open, Stopwatch.GetTimestamp());
        }
        Send(open, queues);
    }

    /// <summary>The worker takes no more jobs.</summary>
    public void TakeBack()
    {
        if (_offeredAt != 0)
            Send(open: 0, []);
    }

    private void Send(int open, IReadOnlyList<string> queues) => database.Wakeups.TellOffer(string.Create(
        CultureInfo.InvariantCulture, $"{database.Lease.Session},{database.Node},{open}")
        + string.Concat(queues.Select(queue => $",{database.Words.Number(queue)}")));

    /// <summary>A job was handed to a worker.</summary>
    public void Tell(long session, long id)
    {
        if (session != database.Lease.Session)
            return;
        _told.Add(id);
        lock (_lock)
            _open--;
    }

    /// <summary>Begins what was told, and gives back at once what there is no slot for any more.</summary>
    /// <param name="connection">The one that told it: its server process is awake.</param>
    public async Task BeginAsync(NpgsqlConnection connection, CancellationToken stop)
    {
        while (_told.Count > 0)
        {
            long[] ids = [.. _told];
            _told.Clear(); // more may be told while it reads
            if (await BeginAsync(new PostgresSession(database, connection, seconds: null, stop), ids) is [_, ..] rest)
            {
                await JobMoves.GiveBackUnknownAsync(database, database.Clock.GetUtcNow(), stop,
                    [.. rest.Select(job => job.Id.Value)]);
            }
        }
    }

    /// <returns>Those for which there is no slot.</returns>
    private async Task<List<Claimed>> BeginAsync(PostgresSession session, long[] ids)
    {
        var room = database.Signals.Room;
        // Before they are read: a process may stand still meanwhile, and its lease end.
        var (slots, ahead, askedTicks) = room.Reserve(ids.Length);
        var (begun, rest) = (new List<Claimed>(), new List<Claimed>());
        try
        {
            foreach (var job in await JobClaim.ReadHandedAsync(session, ids))
            {
                if (begun.Count == slots)
                    rest.Add(job);
                else if (database.Held.TryAdd(job.Token))
                    begun.Add(job);
            }
        }
        finally
        {
            room.Release(slots + ahead - begun.Count);
        }
        room.Begin(begun, askedTicks);
        return rest;
    }

    /// <summary>Gives back what nobody begins any more: who rescues it would take this process for dead.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_offeredAt == 0)
            return;
        await Task.Delay(Aftermath, database.Clock);
        try
        {
            await JobMoves.GiveBackUnknownAsync(database, database.Clock.GetUtcNow(), CancellationToken.None);
        }
        catch (StorageException)
        {
            // Others find it when the lease has ended.
        }
    }
}
