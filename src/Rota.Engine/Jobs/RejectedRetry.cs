using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rota.Workers;

namespace Rota.Jobs;

/// <summary>Enqueues rejected jobs again when their kind has got a handler: once at start, and when a plug-in appears.
/// </summary>
internal sealed class RejectedRetry : BackgroundService
{
    private readonly HandlerRegistry _handlers;
    private readonly JobOperations _operations;
    private readonly bool _isEnabled;
    private readonly ILogger<RejectedRetry> _log;

    // Holds names of kinds, of which there are few; a name twice does no harm.
    private readonly Channel<string> _appeared = Channel.CreateUnbounded<string>(
        new UnboundedChannelOptions { SingleReader = true });

    public RejectedRetry(
        HandlerRegistry handlers, JobOperations operations, AttemptServices services, ILogger<RejectedRetry> log)
    {
        _handlers = handlers;
        _operations = operations;
        _isEnabled = services.Options is { RetryRejected: true, IsEnabled: true };
        _log = log;
        if (_isEnabled)
            handlers.Appeared += Add;
    }

    private void Add(IReadOnlyList<HandlerDescriptor> appeared)
    {
        foreach (var name in appeared.SelectMany(handler => handler.Names))
            _appeared.Writer.TryWrite(name);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!_isEnabled)
            return;
        Add(_handlers.All);
        await foreach (var kind in _appeared.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                var count = await _operations.RetryRejectedAsync(kind, stoppingToken);
                if (count > 0)
                    _log.RejectedRetried(count, kind);
            }
            catch (StorageException error)
            {
                _log.RejectedNotRetried(error, kind);
            }
        }
    }

    public override void Dispose()
    {
        _handlers.Appeared -= Add;
        base.Dispose();
    }
}
