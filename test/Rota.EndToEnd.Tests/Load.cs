namespace Rota.EndToEnd.Tests;

/// <summary>Enqueues one job after the other, and knows which were acknowledged.</summary>
internal sealed class Load
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<long> _acknowledged = [];
    private readonly Task _running;

    /// <param name="pause">Between two calls; also after one that was refused.</param>
    public Load(Notes notes, TimeSpan pause = default) => _running = RunAsync(notes, pause);

    public int Acknowledged { get; private set; }

    public int Refused { get; private set; }

    private async Task RunAsync(Notes notes, TimeSpan pause)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                _acknowledged.Add(await notes.EnqueueAsync());
                Acknowledged++;
            }
            catch (HttpRequestException)
            {
                Refused++;
            }
            await Task.Delay(pause);
        }
    }

    public async Task<List<long>> EndAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        return _acknowledged;
    }
}
