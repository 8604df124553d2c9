using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rota.Storage;
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

    // Holds handlers, of which there are few; one twice does no harm.
    private readonly Channel<HandlerDescriptor> _appeared = Channel.CreateUnbounded<HandlerDescriptor>(
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
        foreach (var handler in appeared)
            _appeared.Writer.TryWrite(handler);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!_isEnabled)
            return;
        Add(_handlers.All);
        await foreach (var handler in _appeared.Reader.ReadAllAsync(stoppingToken))
        {
            foreach (var name in handler.Names)
                await RetryAsync(handler, name, stoppingToken);
        }
    }

    private async Task RetryAsync(HandlerDescriptor handler, string name, CancellationToken stop)
    {
        try
        {
            var count = await _operations.RetryRejectedAsync(handler, name, stop);
            if (count > 0)
                _log.RejectedRetried(count, name);
        }
        catch (StorageException error)
        {
            _log.RejectedNotRetried(name, error.Why());
        }
    }

    public override void Dispose()
    {
        _handlers.Appeared -= Add;
        base.Dispose();
    }
}
