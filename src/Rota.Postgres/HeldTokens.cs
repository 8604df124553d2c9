using System.Diagnostics;

namespace Rota.Postgres;

/// <summary>The tokens that this process has handed out and heard nothing of since.</summary>
/// <remarks>What the database says this process runs is compared with them now and then. No job may begin straight away
/// during such a check: it would be found before its token is known. A check waits until none does.</remarks>
internal sealed class HeldTokens
{
    private static readonly TimeSpan CheckPause = TimeSpan.FromSeconds(5);

    // For so long a check that is due waits for a moment in which no job begins. Then it makes one.
    private static readonly TimeSpan CheckPatience = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private readonly HashSet<long> _tokens = [];
    private readonly Pace _checks = Pace.After(CheckPause);
    private int _starting;
    private long? _dueSince;
    private bool _isChecking;
    private bool _isUncertain;

    /// <summary>The database may hold something against this process that it was never told.</summary>
    public void Doubt()
    {
        lock (_lock)
            _isUncertain = true;
    }

    public void Add(IEnumerable<long> tokens)
    {
        lock (_lock)
            _tokens.UnionWith(tokens);
    }

    public void Remove(IEnumerable<long> tokens)
    {
        lock (_lock)
            _tokens.ExceptWith(tokens);
    }

    /// <summary>False: a check is due, and nothing begins before it.</summary>
    public bool TryBeginStart()
    {
        lock (_lock)
        {
            if (_isChecking || _isUncertain || IsOverdue)
                return false;
            _starting++;
            return true;
        }
    }

    private bool IsOverdue
    {
        get
        {
            if (!_checks.IsDue)
                return false;
            _dueSince ??= Stopwatch.GetTimestamp();
            return Stopwatch.GetElapsedTime(_dueSince.Value) > CheckPatience;
        }
    }

    public void EndStart()
    {
        lock (_lock)
            _starting--;
    }

    /// <returns>The tokens to compare with; null when no check is due or jobs are just starting.</returns>
    public long[]? TryBeginCheck()
    {
        lock (_lock)
        {
            if (_starting > 0 || !(_isUncertain || _checks.IsDue))
                return null;
            _isChecking = true;
            return [.. _tokens];
        }
    }

    public void EndCheck(long beganAt, bool isDone)
    {
        lock (_lock)
        {
            _isChecking = false;
            if (!isDone)
                return;
            (_isUncertain, _dueSince) = (false, null);
            _checks.Done(beganAt, CheckPause);
        }
    }
}
