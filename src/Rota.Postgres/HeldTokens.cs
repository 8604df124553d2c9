namespace Rota.Postgres;

/// <summary>The tokens that this process has handed out and heard nothing of since.</summary>
/// <remarks>What the database says this process runs is compared with them now and then. What such a check finds and
/// nobody knows is refused from then on, before it is given back: its token may be on its way still.</remarks>
internal sealed class HeldTokens
{
    // Of those refused, as many of the last are remembered; a token is on its way for milliseconds.
    private const int RefusedMax = 100_000;
    private static readonly TimeSpan CheckPause = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly HashSet<long> _tokens = [];
    private readonly HashSet<long> _refused = [];
    private readonly Queue<long> _refusedInTurn = [];
    private readonly Pace _checks = Pace.After(CheckPause);

    /// <summary>A check is due.</summary>
    public bool IsUncertain => _checks.IsDue;

    /// <summary>The database may hold something against this process that it was never told.</summary>
    public void Doubt() => _checks.Hurry();

    /// <returns>False when it was given back before it was known, or is held already.</returns>
    public bool TryAdd(long token)
    {
        lock (_lock)
            return !_refused.Contains(token) && _tokens.Add(token);
    }

    public void Remove(IEnumerable<long> tokens)
    {
        lock (_lock)
            _tokens.ExceptWith(tokens);
    }

    public long[] All()
    {
        lock (_lock)
            return [.. _tokens];
    }

    /// <returns>Whether nobody knows it. Then nobody will.</returns>
    public bool TryRefuse(long token)
    {
        lock (_lock)
        {
            if (_tokens.Contains(token))
                return false;
            if (_refused.Add(token))
                _refusedInTurn.Enqueue(token);
            while (_refusedInTurn.Count > RefusedMax)
                _refused.Remove(_refusedInTurn.Dequeue());
            return true;
        }
    }

    public void Checked(long beganAt) => _checks.Done(beganAt, CheckPause);
}
