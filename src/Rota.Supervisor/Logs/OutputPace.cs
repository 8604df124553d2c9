namespace Rota.Supervisor.Logs;

/// <summary>Finds out when reading a little later is cheaper: many small writes of busy processes are then taken with
/// one read, for half of the processor's time.</summary>
/// <remarks>A millisecond is put off only while bytes come all the time and no pipe was nearly full for a while: one
/// that is makes its process wait, and the next millisecond would do so again. Output that comes now and then is read
/// at once.</remarks>
internal sealed class OutputPace(TimeProvider time)
{
    private const int NearlyFull = 32 * 1024;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Busy = TimeSpan.FromMilliseconds(3);
    private static readonly TimeSpan AfterFlood = TimeSpan.FromMilliseconds(100);

    private long _lastPass;
    private long? _lastFlood;
    private int _largest;

    /// <summary>So many bytes were read at once.</summary>
    public void Note(int bytes) => _largest = Math.Max(_largest, bytes);

    /// <summary>After each pass: how long to wait before the next.</summary>
    public TimeSpan Next()
    {
        var now = time.GetTimestamp();
        if (_largest >= NearlyFull)
            _lastFlood = now;
        var isFlooded = _lastFlood is { } flood && time.GetElapsedTime(flood, now) < AfterFlood;
        var mayWait = _largest > 0 && !isFlooded && time.GetElapsedTime(_lastPass, now) < Busy;
        (_lastPass, _largest) = (now, 0);
        return mayWait ? Pause : TimeSpan.Zero;
    }
}
