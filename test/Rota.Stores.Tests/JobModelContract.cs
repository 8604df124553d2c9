using Rota.Jobs;
using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>Thousands of random moves, each compared with <see cref="JobModel"/>: the same states, the same claims in
/// the same order, counters equal to the truth, and each job in exactly one place.</summary>
public abstract class JobModelContract : StoreContract
{
    private const int Moves = 1_500, CrashesMax = 3;
    private static readonly string[] Queues = ["a", "b", "c"];

    private readonly JobModel _model = new();
    private readonly List<Claimed> _old = [];
    private Random _random = new(0);

    public static TheoryData<int> Seeds => new(1, 2, 3, Random.Shared.Next());

    [Theory, MemberData(nameof(Seeds))]
    public async Task Random_moves_leave_the_store_as_they_leave_the_model(int seed)
    {
        _random = new Random(seed);
        for (var move = 1; move <= Moves; move++)
        {
            var name = await MoveAsync();
            if (move % 50 == 0 || name is "die" or "prune")
                await CompareAsync($"seed {seed}, move {move}: {name}");
        }
    }

    private async Task<string> MoveAsync()
    {
        switch (_random.Next(100))
        {
            case < 30: await InsertAnyAsync(); return "insert";
            case < 50: await ClaimAnyAsync(); return "claim";
            case < 72: await FinishAnyAsync(); return "finish";
            case < 75: await FinishLateAsync(); return "finish late";
            case < 82: await PromoteAsync(); return "promote";
            case < 89: await CancelAnyAsync(); return "cancel";
            case < 94: await HurryAnyAsync(); return "hurry";
            case < 98: await PauseAnyAsync(); return "pause";
            case < 99: await DieAsync(); return "die";
            default: await PruneAsync(); return "prune";
        }
    }

    private T Pick<T>(IReadOnlyList<T> from) => from[_random.Next(from.Count)];

    private ModelJob? PickJob() => _model.Jobs.Count == 0 ? null : Pick([.. _model.Jobs.Values]);

    private async Task InsertAnyAsync()
    {
        var maxAttempts = _random.Next(1, 6);
        var template = WithAttempts(maxAttempts) with
        {
            Queue = Pick(Queues),
            Kind = _random.Next(2) == 0 ? "one" : "two",
            Priority = _random.Next(10),
        };
        if (_random.Next(4) == 0)
            template = template with { DueAt = Now + TimeSpan.FromSeconds(_random.Next(-5, 60)) };
        if (_random.Next(4) == 0)
            template = DependOnSome(template);
        _model.Insert(await InsertAsync(template), template, maxAttempts, Now);
    }

    private JobTemplate DependOnSome(JobTemplate template)
    {
        var rule = Pick(Enum.GetValues<DependencyRule>());
        var on = _model.Jobs.Values
            .Where(job => rule == DependencyRule.AllEnded || job.State is not (JobState.Failed or JobState.Canceled))
            .OrderBy(_ => _random.Next()).Take(_random.Next(1, 4)).Select(job => job.Id).ToList();
        return template with { DependsOn = on, DependencyRule = rule };
    }

    private async Task ClaimAnyAsync()
    {
        var queues = _random.Next(2) == 0 ? [] : Queues.OrderBy(_ => _random.Next()).Take(_random.Next(1, 4)).ToList();
        var order = new ClaimOrder(queues, _random.Next(4), _random.Next(1, 4));

        var claimed = (await Jobs.ExchangeAsync(new Exchange(Node, [], order, Now), Stop)).Claimed;

        _model.CheckClaim(order, [.. claimed.Select(job => job.Id)]);
        foreach (var (at, job) in claimed.Index())
        {
            _model.Start(job, isPrefetched: at >= order.Slots, Now);
            Assert.Equal((_model.Jobs[job.Id].Attempt, _model.Jobs[job.Id].Crashes), (job.Attempt, job.Crashes));
        }
    }

    private async Task FinishAnyAsync()
    {
        var running = _model.In(JobState.Running).ToList();
        if (running.Count == 0)
            return;
        var job = Pick(running);
        var claimed = job.Claimed!; // a running job of the model always has it
        var finished = Ended(claimed, Pick(
            [JobEvent.Succeed, JobEvent.Fail, JobEvent.Exhaust, JobEvent.Snooze, JobEvent.Rescue, JobEvent.Cancel]));
        Assert.True(await EndAsync(finished));
        _model.Finish(job, finished, Now);
        _old.Add(claimed);
    }

    private async Task FinishLateAsync()
    {
        if (_old.Count > 0)
            Assert.False(await EndAsync(Pick(_old), JobEvent.Succeed));
    }

    private async Task PromoteAsync()
    {
        Now += TimeSpan.FromSeconds(_random.Next(40));
        var limit = _random.Next(1, 20);
        var expected = _model.Promote(Now, limit);
        Assert.Equal(expected, (await Jobs.PromoteAsync(Now, limit, Stop)).Count);
    }

    private async Task CancelAnyAsync()
    {
        if (PickJob() is not { } job)
            return;
        Assert.Equal(job.State, (await CancelAsync(job.Id))!.Value.Was);
        _model.Cancel(job, Now);
    }

    private async Task HurryAnyAsync()
    {
        if (PickJob() is { } job)
            Assert.Equal(_model.Hurry(job, Now), await Jobs.HurryAsync(job.Id, Now, Stop));
    }

    private async Task PauseAnyAsync()
    {
        var queue = Pick(Queues);
        var isPaused = _random.Next(3) == 0;
        await Store.Queues.SetPausedAsync(queue, isPaused, Stop);
        if (isPaused)
            _model.Paused.Add(queue);
        else
            _model.Paused.Remove(queue);
    }

    private async Task DieAsync()
    {
        _old.AddRange(_model.In(JobState.Running).Select(job => job.Claimed!));
        Assert.Equal(_model.Rescue(CrashesMax, Now), await DieAndRescueAsync(CrashesMax));
    }

    private async Task PruneAsync()
    {
        var keep = TimeSpan.FromMinutes(2);
        var expected = _model.Prune(Now - keep);
        var deleted = 0;
        for (var isMore = true; isMore;)
        {
            var pruned = await Jobs.PruneAsync(new Retention((_, _) => keep, keep, 20), Now, Stop);
            (deleted, isMore) = (deleted + pruned.Deleted, pruned.IsMore);
        }
        Assert.Equal(expected, deleted);
    }

    private async Task CompareAsync(string where)
    {
        foreach (var job in _model.Jobs.Values)
        {
            var stored = await GetAsync(job.Id);
            var isWaiting = job.State is JobState.Scheduled or JobState.Blocked or JobState.Retrying;
            Assert.True((job.State, job.IsCancelRequested, isWaiting ? job.DueAt : null, job.Blockers.Count)
                == (stored.State, stored.IsCancelRequested, stored.DueAt, stored.Blockers), $"{where}: job {job.Id} is "
                + $"{stored.State} due {stored.DueAt} behind {stored.Blockers}, and should be {job.State} "
                + $"due {job.DueAt} behind {job.Blockers.Count}");
        }
        var places = await Store.PlacesAsync();
        Assert.True(_model.Jobs.Keys.SequenceEqual(places.Keys.Order()), $"{where}: other jobs are there");
        Assert.All(places, job => Assert.True(job.Value is [var place] && place == PlaceOf(_model.Jobs[job.Key].State),
            $"{where}: job {job.Key} stands in {string.Join(" and ", job.Value)}"));
        Assert.Empty(await Store.OrphansAsync());

        var truth = _model.Jobs.Values.GroupBy(job => (job.Template.Queue, job.Template.Kind, job.State))
            .Select(group => new JobCount(group.Key.Queue, group.Key.Kind, group.Key.State, group.Count()));
        Assert.True(truth.ToHashSet().SetEquals(await Jobs.CountAsync(Stop)), $"{where}: the counters are wrong");
    }

    private static string PlaceOf(JobState state) => state switch
    {
        JobState.Queued => "ready",
        JobState.Running => "running",
        JobState.Scheduled or JobState.Blocked or JobState.Retrying => "waiting",
        _ => "outcome",
    };
}
