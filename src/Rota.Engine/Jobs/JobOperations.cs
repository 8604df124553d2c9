using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Rota.Flows;
using Rota.Secrets;
using Rota.Storage;

namespace Rota.Jobs;

/// <summary>What people and programs do with jobs: find, list, cancel, retry, and ask why one waits.</summary>
public sealed class JobOperations(
    IJobStore store, IAttemptStore attempts, IQueueStore queues, INodeStore nodes, TimeProvider clock)
{
    /// <summary>Jobs that one call for many jobs takes.</summary>
    public const int BulkMax = 100_000;

    private const string KeyPrefix = "key:";
    private const int PageMax = 1_000, AheadMax = 10_000, SearchCharactersMax = 1_000;

    /// <summary>The job, or null when it is not there (any more).</summary>
    public Task<Job?> FindAsync(JobId id, CancellationToken stop) => store.FindAsync(id, stop);

    /// <exception cref="NotFoundException"><c>job.not_found</c>.</exception>
    public async Task<Job> GetAsync(JobId id, CancellationToken stop) =>
        await store.FindAsync(id, stop)
        ?? throw new NotFoundException(
            "job", id.ToString(), "It may be past its retention; list what is there: rota jobs list");

    /// <summary>The job with a key of its own.</summary>
    /// <exception cref="NotFoundException"><c>job.not_found</c>.</exception>
    public async Task<Job> GetAsync(string project, string key, CancellationToken stop) =>
        await store.FindKeyAsync(project, key, stop) is { } id
            ? await GetAsync(id, stop)
            : throw new NotFoundException("job", key);

    /// <summary>The job that a caller names by its number, or by <c>key:NAME</c> in the default project.</summary>
    /// <exception cref="NotFoundException"><c>job.not_found</c>, for text that names nothing too.</exception>
    public Task<Job> GetAsync(string name, CancellationToken stop) =>
        name.StartsWith(KeyPrefix, StringComparison.Ordinal)
            ? GetAsync(JobOptions.DefaultProject, name[KeyPrefix.Length..], stop)
            : long.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? GetAsync(new JobId(id), stop)
            : throw new NotFoundException("job", name, "Write its number, or key: and its key.");

    /// <summary>Newest first.</summary>
    /// <param name="before">Only jobs before this one; null for the first page.</param>
    /// <param name="limit">1 to 1,000.</param>
    public async Task<JobPage> ListAsync(JobFilter filter, JobId? before, int limit, CancellationToken stop)
    {
        if (limit is < 1 or > PageMax)
            throw new InvalidFieldException("limit", $"limit is {limit}.", $"Write 1 to {PageMax:N0}.");
        if (Check(filter).Search is not null)
            return await JobSearch.FindAsync(store, filter, before, limit, clock, stop);
        var jobs = await store.ListAsync(filter, before, limit, stop);
        return new JobPage(jobs, jobs.Count == limit ? jobs[^1].Id : null);
    }

    private static JobFilter Check(JobFilter filter) =>
        filter.Search is { Length: > SearchCharactersMax }
            ? throw new InvalidFieldException("q", $"q has {filter.Search.Length:N0} characters.",
                $"Write at most {SearchCharactersMax:N0}.")
            : filter;

    public Task<IReadOnlyList<JobCount>> CountAsync(CancellationToken stop) => store.CountAsync(stop);

    public async Task<IReadOnlyList<Attempt>> AttemptsAsync(JobId id, CancellationToken stop) =>
        await attempts.ListAsync((await GetAsync(id, stop)).Id, stop);

    /// <summary>Log lines of a job, oldest first.</summary>
    public Task<IReadOnlyList<LogLine>> LogAsync(
        JobId id, long? token, LogPosition? after, int limit, CancellationToken stop) =>
        attempts.ReadLogAsync(id, token, after, limit, stop);

    /// <summary>The newest log lines of a job, oldest of them first.</summary>
    /// <param name="limit">1 to 10,000.</param>
    public Task<IReadOnlyList<LogLine>> LogEndAsync(JobId id, int limit, CancellationToken stop) =>
        attempts.ReadLogEndAsync(id, limit, stop);

    /// <summary>Cancels a job that has not ended; a running one is asked to stop. A batch takes those of its jobs along
    /// that have not ended.</summary>
    /// <exception cref="ConflictException"><c>job.state</c>: it has ended.</exception>
    public async Task<Job> CancelAsync(JobId id, string reason, CancellationToken stop)
    {
        var found = await store.FindAsync(id, stop);
        IReadOnlyList<JobId> jobs = found is { Kind: BatchHandler.Kind } ? [id, .. found.DependsOn] : [id];
        var outcome = (await store.CancelAsync(jobs, reason, clock.GetUtcNow(), stop))[0];
        var job = await GetAsync(id, stop);
        if (outcome is { Was.IsFinal: true } was)
        {
            throw new ConflictException("job.state", $"Job {id} is {Word(was.Was)} and cannot be canceled.",
                "Retry it to run it again.");
        }
        return job;
    }

    /// <summary>Runs a job again: an ended one as a new job with the same arguments, linked to it; a scheduled or
    /// retrying one now.</summary>
    /// <remarks>While an earlier retry of the same job has not ended, that one is given back.</remarks>
    /// <exception cref="ConflictException"><c>job.state</c>: it is queued, blocked or runs.</exception>
    public async Task<Enqueued> RetryAsync(JobId id, CancellationToken stop)
    {
        var job = await GetAsync(id, stop);
        if (job.State.IsFinal)
            return await EnqueueAgainAsync(job, new Unique($"retry:{id}"), key: null, stop);
        if (await store.HurryAsync(id, clock.GetUtcNow(), stop))
            return new Enqueued(id, IsNew: false);
        throw new ConflictException("job.state", $"Job {id} is {Word(job.State)} and cannot be retried.",
            "Wait until it has ended.");
    }

    /// <summary>Runs an ended job again as a new one with other arguments, linked to it.</summary>
    /// <param name="args">A value that is masked still stays what it was.</param>
    /// <exception cref="ConflictException"><c>job.state</c>: it has not ended.</exception>
    /// <exception cref="ArgumentsException">They do not fit the handler.</exception>
    public async Task<Enqueued> RetryAsync(
        JobId id, JsonElement args, HandlerRegistry handlers, CancellationToken stop)
    {
        var job = await GetAsync(id, stop);
        if (!job.State.IsFinal)
        {
            throw new ConflictException("job.state", $"Job {id} is {Word(job.State)} and cannot be retried.",
                "Wait until it has ended, or cancel it.");
        }
        var whole = JsonMask.Restore(args, JsonElement.Parse(job.Args.Span));
        var checkedArgs = JobClient.Checked(
            handlers.Find(job.Kind), whole, JobSettings.Parse(job.Settings).ResultInto);
        return await EnqueueAgainAsync(job with { Args = checkedArgs }, unique: null, key: null, stop);
    }

    private async Task<Enqueued> EnqueueAgainAsync(Job job, Unique? unique, string? key, CancellationToken stop)
    {
        var template = new JobTemplate
        {
            Kind = job.Kind,
            Queue = job.Queue,
            Project = job.Project,
            Priority = job.Priority,
            Settings = Repeats.OfRetry(job),
            Tags = job.Tags,
            Schedule = job.Schedule,
            RetryOf = job.Id,
            Unique = unique,
            Key = key,
        };
        return (await store.InsertAsync([new NewJob(template, job.Args)], clock.GetUtcNow(), stop))[0];
    }

    /// <summary>Enqueues again, once each, the rejected jobs of a handler's kind whose arguments fit it.</summary>
    /// <param name="name">The handler's kind or one of its aliases.</param>
    internal async Task<int> RetryRejectedAsync(HandlerDescriptor handler, string name, CancellationToken stop)
    {
        var retried = 0;
        var filter = new JobFilter { State = JobState.Failed, Reason = FailReason.Rejected, Kind = name };
        await foreach (var id in SelectAsync(filter, stop).Select(job => job.Id))
        {
            try
            {
                var job = await GetAsync(id, stop);
                handler.Check(job.Args, JobSettings.Parse(job.Settings).ResultInto);
                await EnqueueAgainAsync(job, unique: null, key: $"rejected:{id}", stop);
                retried++;
            }
            catch (RotaException error) when (error.Code is "job.key_taken" or "job.not_found" or "job.args")
            {
                // It was enqueued again before, or it would be rejected again.
            }
        }
        return retried;
    }

    /// <summary>Cancels all jobs that fit a filter.</summary>
    /// <param name="isDryRun">True: only counts.</param>
    /// <returns>Those that were, or would be; at most 100,000 in one call.</returns>
    public Task<IReadOnlyList<BulkMove>> CancelAllAsync(
        JobFilter filter, string reason, bool isDryRun, CancellationToken stop) =>
        CancelAllAsync(SelectAsync(filter, stop), reason, isDryRun, stop);

    /// <summary>Cancels those of the jobs that have not ended.</summary>
    /// <inheritdoc cref="CancelAllAsync(JobFilter, string, bool, CancellationToken)"/>
    public Task<IReadOnlyList<BulkMove>> CancelAllAsync(
        IReadOnlyList<JobId> jobs, string reason, bool isDryRun, CancellationToken stop) =>
        CancelAllAsync(SelectAsync(jobs, stop), reason, isDryRun, stop);

    private Task<IReadOnlyList<BulkMove>> CancelAllAsync(
        IAsyncEnumerable<Job> jobs, string reason, bool isDryRun, CancellationToken stop) =>
        ForAllAsync(jobs, state => state.After(JobEvent.Cancel) is not null, isDryRun,
            async job => (await store.CancelAsync([job.Id], reason, clock.GetUtcNow(), stop))[0]
                is { Was.IsFinal: false } outcome ? new BulkMove(job.Id, outcome.Was, RetriedAs: null) : null);

    /// <summary>Retries all jobs that fit a filter.</summary>
    /// <inheritdoc cref="CancelAllAsync(JobFilter, string, bool, CancellationToken)"/>
    public Task<IReadOnlyList<BulkMove>> RetryAllAsync(JobFilter filter, bool isDryRun, CancellationToken stop) =>
        RetryAllAsync(SelectAsync(filter, stop), isDryRun, stop);

    /// <summary>Retries those of the jobs that can be.</summary>
    /// <inheritdoc cref="CancelAllAsync(JobFilter, string, bool, CancellationToken)"/>
    public Task<IReadOnlyList<BulkMove>> RetryAllAsync(
        IReadOnlyList<JobId> jobs, bool isDryRun, CancellationToken stop) =>
        RetryAllAsync(SelectAsync(jobs, stop), isDryRun, stop);

    private Task<IReadOnlyList<BulkMove>> RetryAllAsync(
        IAsyncEnumerable<Job> jobs, bool isDryRun, CancellationToken stop) =>
        ForAllAsync(jobs, state => state.IsFinal || state.After(JobEvent.Retry) is not null, isDryRun,
            job => RetryIfStillAsync(job, stop));

    // A job that has moved on since it was listed must not end the whole run.
    private async Task<BulkMove?> RetryIfStillAsync(Job job, CancellationToken stop)
    {
        try
        {
            var enqueued = await RetryAsync(job.Id, stop);
            return new BulkMove(job.Id, job.State, enqueued.Id == job.Id ? null : enqueued.Id);
        }
        catch (RotaException error) when (error.Code is "job.state" or "job.not_found")
        {
            return null;
        }
    }

    private static async Task<IReadOnlyList<BulkMove>> ForAllAsync(
        IAsyncEnumerable<Job> jobs, Func<JobState, bool> fits, bool isDryRun, Func<Job, Task<BulkMove?>> act)
    {
        const int AtOnce = 64; // concurrent writes share a commit
        var pending = new List<Task<BulkMove?>>(AtOnce);
        var moves = new List<BulkMove>();
        await foreach (var job in jobs.Where(job => fits(job.State)).Take(BulkMax))
        {
            pending.Add(isDryRun ? Task.FromResult<BulkMove?>(new BulkMove(job.Id, job.State, null)) : act(job));
            if (pending.Count == AtOnce)
                await CollectAsync();
        }
        await CollectAsync();
        return moves;

        async Task CollectAsync()
        {
            moves.AddRange((await Task.WhenAll(pending)).OfType<BulkMove>());
            pending.Clear();
        }
    }

    private async IAsyncEnumerable<Job> SelectAsync(
        JobFilter filter, [EnumeratorCancellation] CancellationToken stop)
    {
        for (JobId? before = null; ;)
        {
            var page = await ListAsync(filter, before, PageMax, stop);
            foreach (var job in page.Jobs)
                yield return job;
            if (page.Next is null)
                yield break;
            before = page.Next;
        }
    }

    private async IAsyncEnumerable<Job> SelectAsync(
        IReadOnlyList<JobId> jobs, [EnumeratorCancellation] CancellationToken stop)
    {
        foreach (var id in jobs)
        {
            if (await FindAsync(id, stop) is { } job)
                yield return job;
        }
    }

    /// <summary>Why a job stands where it stands, as one sentence.</summary>
    public async Task<string> WhyAsync(Job job, CancellationToken stop)
    {
        if (job.State != JobState.Queued)
            return WaitReason.Of(job, clock.GetUtcNow());
        var rules = await queues.RulesAsync(stop);
        var working = await nodes.ListAsync(stop);
        return WaitReason.OfQueued(job, rules.GetValueOrDefault(job.Queue), working,
            await store.CountAheadAsync(job, AheadMax, stop), clock.GetUtcNow());
    }

    private static string Word(JobState state) => state.ToString().ToLowerInvariant();
}

/// <summary>A job that was moved among many.</summary>
/// <param name="Was">Its state before.</param>
/// <param name="RetriedAs">The job that runs in place of an ended one; null where it moves itself.</param>
public readonly record struct BulkMove(JobId Id, JobState Was, JobId? RetriedAs);
