namespace Rota.Web.Console.Live;

/// <summary>How often an open page may refresh itself, so that all of them together take a small part of the machine.
/// </summary>
/// <remarks>A page that hears a tick fetches itself again: pages times the cost of a fetch, over the part that they may
/// take, is the time between two ticks of one page. A few pages hear a tick a second, a hundred every quarter of a
/// minute or so. The cost is elapsed time: on a busy machine pages refresh less often.</remarks>
internal sealed class RefreshPace
{
    private const double ShareOfMachine = 0.025;
    private const double Weight = 0.1; // of the newest fetch in the mean
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(1), Most = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private TimeSpan _cost = TimeSpan.FromMilliseconds(5);

    /// <summary>What a fetch took.</summary>
    public void Took(TimeSpan elapsed)
    {
        lock (_lock)
            _cost += (elapsed - _cost) * Weight;
    }

    /// <param name="pages">How many are open.</param>
    /// <returns>1 to 30 seconds.</returns>
    public TimeSpan Between(int pages)
    {
        lock (_lock)
        {
            var between = pages * _cost / (ShareOfMachine * Environment.ProcessorCount);
            return between < Least ? Least : between > Most ? Most : between;
        }
    }
}
