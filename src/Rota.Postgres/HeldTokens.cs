namespace Rota.Postgres;

/// <summary>The tokens that this process has handed out and heard nothing of since.</summary>
/// <remarks>What the database says this process runs is compared with them now and then. No job may begin straight away
/// during such a check: it would be found before its token is known. A check waits until none does.</remarks>
internal sealed class HeldTokens
{
    private static readonly TimeSpan CheckPause = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly HashSet<long> _tokens = [];
    private readonly Pace _checks = Pace.After(CheckPause);
    private int _starting;
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
            if (_isChecking || _isUncertain || _checks.IsDue)
                return false;
            _starting++;
            return true;
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
            _isUncertain = false;
            _checks.Done(beganAt, CheckPause);
        }
    }
}
