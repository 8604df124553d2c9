namespace Rota.Web.Api;

/// <summary>Bounds how many connections follow jobs at once: each reads the store a few times a second.</summary>
internal sealed class Followers
{
    private const int Max = 1_000;
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <summary>A seat, free again when it is disposed.</summary>
    /// <exception cref="RotaException"><c>stream.busy</c>.</exception>
    public IDisposable Enter()
    {
        if (Interlocked.Increment(ref _count) <= Max)
            return new Seat(this);
        Interlocked.Decrement(ref _count);
        throw new RotaException("stream.busy", $"{Max:N0} connections follow jobs already.",
            "Ask without following, or try again later.");
    }

    private sealed class Seat(Followers followers) : IDisposable
    {
        private Followers? _followers = followers;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _followers, null) is { } left)
                Interlocked.Decrement(ref left._count);
        }
    }
}
