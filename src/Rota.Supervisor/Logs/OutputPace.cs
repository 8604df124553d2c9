namespace Rota.Supervisor.Logs;

/// <summary>Finds out when reading a little later is cheaper: many small writes of busy processes are then taken with
/// one read, for half of the processor's time.</summary>
/// <remarks>A millisecond is put off only while bytes come all the time and no pipe was nearly full: one that is would
/// make its process wait. Output that comes now and then is read at once.</remarks>
internal sealed class OutputPace(TimeProvider time)
{
    private const int NearlyFull = 32 * 1024;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Busy = TimeSpan.FromMilliseconds(3);

    private long _lastPass;
    private int _largest;

    /// <summary>So many bytes were read at once.</summary>
    public void Note(int bytes) => _largest = Math.Max(_largest, bytes);

    /// <summary>After each pass: how long to wait before the next.</summary>
    public TimeSpan Next()
    {
        var now = time.GetTimestamp();
        var mayWait = _largest is > 0 and < NearlyFull && time.GetElapsedTime(_lastPass, now) < Busy;
        (_lastPass, _largest) = (now, 0);
        return mayWait ? Pause : TimeSpan.Zero;
    }
}
