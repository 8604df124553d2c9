using System.Collections.Concurrent;
using System.Data.Common;
using System.Text.Json;
using Rota.Flows;
using Rota.Storage;

namespace Rota.Jobs;

/// <inheritdoc cref="IJobClient"/>
internal sealed class JobClient(IJobStore store, HandlerRegistry handlers, TimeProvider clock) : IJobClient
{
    private const int ManyMax = 100_000;

    // The template of a type whose caller gives no options never changes.
    private readonly ConcurrentDictionary<Type, JobTemplate> _plain = new();

    public async Task<Enqueued> EnqueueAsync<TArgs>(TArgs args, JobOptions? options, CancellationToken stop)
        where TArgs : notnull
    {
        var job = new NewJob(Template(typeof(TArgs), options), Serialize(args));
        return (await store.InsertAsync([job], clock.GetUtcNow(), stop))[0];
    }

    public async Task<Enqueued> EnqueueAsync<TArgs>(
        TArgs args, JobOptions? options, DbTransaction transaction, CancellationToken stop)
        where TArgs : notnull
    {
        var job = new NewJob(Template(typeof(TArgs), options), Serialize(args));
        return (await store.InsertAsync([job], clock.GetUtcNow(), transaction, stop))[0];
    }

    public async Task<IReadOnlyList<Enqueued>> EnqueueManyAsync<TArgs>(
        IReadOnlyCollection<TArgs> args, JobOptions? options, CancellationToken stop)
        where TArgs : notnull
    {
        CheckMany(args.Count);
        var template = Template(typeof(TArgs), options);
        var jobs = args.Select(one => new NewJob(template, Serialize(one))).ToList();
        return await store.InsertAsync(jobs, clock.GetUtcNow(), stop);
    }

    public async Task<Enqueued> EnqueueAsync(
        string kind, JsonElement args, JobOptions? options, CancellationToken stop) =>
        (await EnqueueManyAsync(kind, [args], options, stop))[0];

    public Task<IReadOnlyList<Enqueued>> EnqueueManyAsync(
        string kind, IReadOnlyCollection<JsonElement> args, JobOptions? options, CancellationToken stop)
    {
        CheckMany(args.Count);
        var now = clock.GetUtcNow();
        var handler = handlers.Find(kind);
        var template = JobOptionsCheck.ToTemplate(handler?.Kind ?? kind, handler?.Job, options, now);
        return store.InsertAsync(
            [.. args.Select(one => new NewJob(template, Checked(handler, one, options?.ResultInto)))], now, stop);
    }

    /// <exception cref="ArgumentsException">They do not fit the handler.</exception>
    internal static ReadOnlyMemory<byte> Checked(HandlerDescriptor? handler, JsonElement args, string? resultInto)
    {
        var bytes = JobOptionsCheck.CheckArgs(JsonSerializer.SerializeToUtf8Bytes(args));
        handler?.Check(bytes, resultInto);
        return bytes;
    }

    public Task<IReadOnlyList<Enqueued>> EnqueueChainAsync(IReadOnlyList<JobStep> steps, CancellationToken stop) =>
        store.InsertAsync(Flow.OfChain(steps), clock.GetUtcNow(), stop);

    public Task<IReadOnlyList<Enqueued>> EnqueueChainAsync(
        IReadOnlyList<JobStep> steps, DbTransaction transaction, CancellationToken stop) =>
        store.InsertAsync(Flow.OfChain(steps), clock.GetUtcNow(), transaction, stop);

    public async Task<EnqueuedBatch> EnqueueBatchAsync(JobBatch batch, CancellationToken stop) =>
        FlowJobs.Read(batch, await store.InsertAsync(Flow.OfBatch(batch), clock.GetUtcNow(), stop));

    public async Task<EnqueuedBatch> EnqueueBatchAsync(
        JobBatch batch, DbTransaction transaction, CancellationToken stop) =>
        FlowJobs.Read(batch, await store.InsertAsync(Flow.OfBatch(batch), clock.GetUtcNow(), transaction, stop));

    private FlowJobs Flow => new(handlers, clock.GetUtcNow());

    private static void CheckMany(int count)
    {
        if (count > ManyMax)
            throw new InvalidFieldException("args", $"{count:N0} jobs are too many for one call.",
                $"Send at most {ManyMax:N0} at a time.");
    }

    private static ReadOnlyMemory<byte> Serialize<TArgs>(TArgs args) =>
        JobOptionsCheck.CheckArgs(JsonSerializer.SerializeToUtf8Bytes(args, RotaJson.Options));

    private JobTemplate Template(Type args, JobOptions? options)
    {
        if (options is null && _plain.TryGetValue(args, out var known))
            return known;
        var job = handlers.JobOf(args);
        var template = JobOptionsCheck.ToTemplate(job.Kind, job, options, clock.GetUtcNow());
        if (options is null)
            _plain[args] = template;
        return template;
    }
}
