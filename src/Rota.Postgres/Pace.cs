using System.Diagnostics;

namespace Rota.Postgres;

/// <summary>How often to do what takes the longer, the more dead rows a long transaction keeps: once it takes long, it
/// may take a fiftieth of the time.</summary>
internal sealed class Pace
{
    private const int Share = 50;
    private static readonly TimeSpan Long = TimeSpan.FromMilliseconds(20);

    private long _beganAt;
    private long _hurriedUntil;
    private TimeSpan _pause;

    /// <summary>One that is due for the first time after this.</summary>
    public static Pace After(TimeSpan pause)
    {
        var pace = new Pace { _pause = pause };
        pace.Begin();
        return pace;
    }

    public bool IsDue
    {
        get
        {
            var (now, beganAt) = (Stopwatch.GetTimestamp(), Volatile.Read(ref _beganAt));
            return beganAt == 0 || now < Volatile.Read(ref _hurriedUntil)
                || Stopwatch.GetElapsedTime(beganAt, now) >= _pause;
        }
    }

    public void Begin() => Volatile.Write(ref _beganAt, Stopwatch.GetTimestamp());

    /// <param name="least">From one beginning to the next, however short it was.</param>
    public void End(TimeSpan least = default)
    {
        var took = Stopwatch.GetElapsedTime(_beganAt);
        _pause = took > Long && took * Share > least ? took * Share : least;
    }

    /// <summary>It is due at once, and as often as it is asked for.</summary>
    /// <param name="during">Zero: once.</param>
    public void Hurry(TimeSpan during = default)
    {
        Volatile.Write(ref _hurriedUntil,
            Stopwatch.GetTimestamp() + (long)(during.TotalSeconds * Stopwatch.Frequency));
        Volatile.Write(ref _beganAt, 0);
    }
}
