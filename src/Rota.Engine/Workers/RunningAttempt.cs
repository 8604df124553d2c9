using Microsoft.Extensions.Logging;
using Rota.Jobs;
using Rota.Secrets;
using Rota.Storage;

namespace Rota.Workers;

/// <summary>One attempt in the hands of a slot, and the handler's view of it.</summary>
/// <remarks>Who ends it first (the handler that returns, or the watchdog that gives up on it) closes it; the other
/// finds it closed and says nothing.</remarks>
#pragma warning disable CA1001 // the token source has no timer and no handle; an abandoned handler may use it for ever
internal sealed class RunningAttempt : JobContext
#pragma warning restore CA1001
{
    private const int ProgressCharactersMax = 200;

    private readonly Claimed _job;
    private readonly AttemptServices _services;
    private readonly CancellationTokenSource _stop = new();
    private JobSettings? _settings;
    private AttemptLog? _log;
    private AttemptSecrets? _secrets;
    private int _reason;
    private int _isClosed;

    public RunningAttempt(Claimed job, AttemptServices services)
    {
        _job = job;
        _services = services;
        StartedAt = services.Clock.GetUtcNow();
        StartedTicks = services.Clock.GetTimestamp();
    }

    public Claimed Job => _job;

    public DateTimeOffset StartedAt { get; }

    /// <summary>Of the monotonic clock: time-outs do not follow clock jumps.</summary>
    public long StartedTicks { get; }

    /// <summary>Of the monotonic clock, when the stop token fired; 0 before.</summary>
    public long StoppedTicks { get; private set; }

    public CancellationToken StopToken => _stop.Token;

    public JobSettings Settings => _settings ??= JobSettings.Parse(_job.Settings);

    public string? CancelReason { get; private set; }

    public override JobId Id => _job.Id;

    public override string Kind => _job.Kind;

    public override string Queue => _job.Queue;

    public override int Attempt => _job.Attempt;

    public override int MaxAttempts => Settings.MaxAttempts;

    public override long Token => _job.Token;

    public override DateTimeOffset CreatedAt => _job.CreatedAt;

    public override string? Schedule => _job.Schedule;

    public override IReadOnlyDictionary<string, string> Metadata =>
        Settings.Metadata ?? System.Collections.ObjectModel.ReadOnlyDictionary<string, string>.Empty;

    public AttemptLog AttemptLog => _log ??= new AttemptLog(
        _job, _services.Options.LogLinesMax, Mask, _services.Reporter, _services.Clock);

    public override ILogger Log => AttemptLog;

    public override JobSecrets Secrets => _secrets ??= new AttemptSecrets(_job, _services.Secrets);

    public override IJobMemory Memory => new AttemptMemory(_job.Schedule ?? _job.Kind, _services.Memory);

    public override TimeProvider Clock => _services.Clock;

    public override StopReason StopReason => (StopReason)Volatile.Read(ref _reason);

    public bool HasLog => _log?.HasLines == true;

    /// <summary>The text without the secrets that this attempt has read.</summary>
    public string Mask(string text) => _secrets?.Mask(text) ?? text;

    public override void ReportProgress(double done, double? total, string? text)
    {
        text = text is null ? null : Mask(text);
        if (text is { Length: > ProgressCharactersMax })
            text = text[..ProgressCharactersMax];
        if (double.IsFinite(done) && done >= 0 && total is null or > 0)
            _services.Reporter.Set(new ProgressNote(Id, Token, new Progress(done, total, text)));
    }

    /// <summary>Fires the stop token; the first reason stays.</summary>
    public void Stop(StopReason reason, string? cancelReason = null)
    {
        if (Interlocked.CompareExchange(ref _reason, (int)reason, (int)StopReason.None) != (int)StopReason.None)
            return;
        CancelReason = cancelReason;
        StoppedTicks = _services.Clock.GetTimestamp();
        _ = _stop.CancelAsync();
    }

    /// <returns>True for the one caller that ends the attempt.</returns>
    public bool TryClose()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) != 0)
            return false;
        _log?.Close();
        return true;
    }
}

/// <summary>What every attempt of a worker shares.</summary>
internal sealed record AttemptServices(WorkerOptions Options, Reporter Reporter, IMemoryStore Memory,
    IFlowStore Flows, SecretOperations Secrets, TimeProvider Clock, Random Random);

internal sealed class AttemptMemory(string scope, IMemoryStore store) : IJobMemory
{
    private const int KeyCharactersMax = 200, ValueCharactersMax = 65_536;

    public async ValueTask<string?> GetAsync(string key, CancellationToken stop) =>
        await store.GetAsync(scope, Check(key), stop);

    public async ValueTask SetAsync(string key, string? value, CancellationToken stop)
    {
        if (value is { Length: > ValueCharactersMax })
            throw new InvalidFieldException("value", $"The value of '{key}' has {value.Length:N0} characters.",
                $"Keep at most {ValueCharactersMax:N0}.");
        await store.SetAsync(scope, Check(key), value, stop);
    }

    private static string Check(string key) =>
        key is { Length: >= 1 and <= KeyCharactersMax } ? key
        : throw new InvalidFieldException("key", "The key is empty or too long.", "Write 1 to 200 characters.");
}
