using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Rota.Flows;
using Rota.Jobs;
using Rota.Storage;

namespace Rota.Workers;

/// <summary>Runs one attempt at a time, taken from the worker's backlog, until the backlog is closed.</summary>
/// <remarks>The slot of an abandoned attempt ends itself when the handler comes back at last; the worker has put
/// another slot in its place.</remarks>
internal sealed class Slot(
    ChannelReader<Ahead> backlog, HandlerRegistry handlers, IServiceScopeFactory scopes, AttemptServices services,
    Action<RunningAttempt, Finished> ended)
{
    private RunningAttempt? _current;

    /// <summary>What runs now, for the watchdog; null between two attempts.</summary>
    public RunningAttempt? Current => Volatile.Read(ref _current);

    /// <param name="tryStart">False: the job is not to be run here any more.</param>
    public async Task RunAsync(Func<Ahead, bool> tryStart)
    {
        while (await backlog.WaitToReadAsync())
        {
            while (backlog.TryRead(out var next))
            {
                if (tryStart(next) && !await RunAsync(next.Job))
                    return;
            }
        }
    }

    /// <returns>False when the attempt was abandoned meanwhile.</returns>
    private async Task<bool> RunAsync(Claimed job)
    {
        var attempt = new RunningAttempt(job, services);
        Volatile.Write(ref _current, attempt);
        using var trace = AttemptTrace.Start(attempt);
        var finished = await FinishAsync(attempt);
        trace?.End(finished);
        Volatile.Write(ref _current, null);
        if (!attempt.TryClose())
            return false;
        if (finished.HasLog)
            await services.Reporter.FlushAsync();
        ended(attempt, finished);
        return true;
    }

    private async Task<Finished> FinishAsync(RunningAttempt attempt)
    {
        if (handlers.Find(attempt.Kind) is not { } handler)
        {
            return OutcomeRule.Rejected(attempt, $"No handler has the kind '{attempt.Kind}'. "
                + "Put its plug-in into the plug-ins folder, or correct the kind; then retry the job.", Now);
        }
        try
        {
            AttemptLog.Current = attempt.AttemptLog;
            await using var scope = scopes.CreateAsyncScope();
            var args = attempt.Settings.ResultInto is { } field
                ? await ResultArgs.ReadAsync(services.Flows, attempt.Job, handler, field, attempt.StopToken)
                : attempt.Job.Args;
            var result = await handler.RunAsync(scope.ServiceProvider, args, attempt, attempt.StopToken);
            return OutcomeRule.OfResult(attempt, result, Now, Draw());
        }
        catch (ArgumentsException error)
        {
            return OutcomeRule.Rejected(attempt, error.Message, Now);
        }
        catch (Exception error)
        {
            return OutcomeRule.OfError(attempt, error, Now, Draw());
        }
        finally
        {
            AttemptLog.Current = null;
        }
    }

    private DateTimeOffset Now => services.Clock.GetUtcNow();

    private double Draw() => services.Random.NextDouble();
}

/// <summary>A job that waits in a worker for a free slot.</summary>
/// <param name="AskedTicks">Of the monotonic clock, when it was asked for: its lease is at least as young.</param>
internal readonly record struct Ahead(Claimed Job, long AskedTicks);
