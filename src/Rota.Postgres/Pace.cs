using System.Diagnostics;

namespace Rota.Postgres;

/// <summary>How often to do what takes the longer, the more dead rows a long transaction keeps: once it takes long, it
/// may take a fiftieth of the time, but comes every half minute at least. What fails is due again at once.</summary>
/// <remarks>Any thread may ask and say; two that find it due at once both do it.</remarks>
internal sealed class Pace
{
    private const int Share = 50;
    private static readonly TimeSpan Long = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(30);

    private long _dueAt;
    private long _hurriedAt;
    private long _hurriedUntil;

    /// <summary>One that is due for the first time after this.</summary>
    public static Pace After(TimeSpan pause) => new() { _dueAt = In(pause) };

    public bool IsDue => Stopwatch.GetTimestamp() is var now
        && (now >= Volatile.Read(ref _dueAt) || now < Volatile.Read(ref _hurriedUntil));

    /// <summary>It is done.</summary>
    /// <param name="beganAt">Time stamp.</param>
    /// <param name="least">Until it is due again, however short it was.</param>
    public void Done(long beganAt, TimeSpan least = default)
    {
        if (Volatile.Read(ref _hurriedAt) >= beganAt)
            return; // what it was hurried for may have come too late for this time
        var took = Stopwatch.GetElapsedTime(beganAt);
        var pause = took > Long ? TimeSpan.FromTicks(Math.Max(took.Ticks * Share, least.Ticks)) : least;
        Volatile.Write(ref _dueAt, In(pause < PauseMax ? pause : PauseMax));
    }

    /// <summary>It is due at once, and as often as it is asked for.</summary>
    /// <param name="during">Zero: once.</param>
    public void Hurry(TimeSpan during = default)
    {
        if (during > TimeSpan.Zero)
            Volatile.Write(ref _hurriedUntil, In(during));
        Volatile.Write(ref _hurriedAt, Stopwatch.GetTimestamp());
        Volatile.Write(ref _dueAt, 0);
    }

    private static long In(TimeSpan pause) =>
        Stopwatch.GetTimestamp() + (long)(pause.TotalSeconds * Stopwatch.Frequency);
}
