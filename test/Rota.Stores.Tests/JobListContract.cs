using Rota.Jobs;
using Rota.Storage;

namespace Rota.Stores.Tests;

/// <summary>Lists, pages and counters.</summary>
public abstract class JobListContract : StoreContract
{
    private readonly Dictionary<string, JobId> _named = [];
    private readonly HashSet<JobId> _tagged = [];

    private async Task<IReadOnlyList<JobId>> ListAsync(JobFilter filter, JobId? before = null, int limit = 100) =>
        [.. (await Jobs.ListAsync(filter, before, limit, Stop)).Select(job => job.Id)];

    private string Names(IEnumerable<JobId> ids) =>
        string.Join(' ', ids.Select(id => _named.Single(named => named.Value == id).Key));

    /// <summary>One job of each state, with different kinds, queues, tags, schedules and projects.</summary>
    private async Task FillAsync()
    {
        var ends = new[]
        {
            ("succeeded", JobEvent.Succeed, Plain with { Kind = "mail.send", Tags = ["red"] }),
            ("failed", JobEvent.Exhaust, Plain with { Queue = "slow", Tags = ["red", "blue"], Schedule = "nightly" }),
            ("canceled", JobEvent.Cancel, Plain with { Project = "acme" }),
            ("retrying", JobEvent.Fail, Plain with { Kind = "mail.send", Key = "order-17" }),
        };
        foreach (var (name, what, template) in ends)
        {
            var job = await InsertAndClaimAsync(template);
            await EndAsync(job, what);
            _named[name] = job.Id;
        }
        _named["running"] = (await InsertAndClaimAsync(Plain with { Queue = "slow" })).Id;
        _named["scheduled"] = await InsertAsync(Plain with { DueAt = Now + TimeSpan.FromHours(1), Tags = ["blue"] });
        _named["blocked"] = await InsertAsync(Plain with { DependsOn = [_named["running"]], Schedule = "nightly" });
        var queued = await Jobs.InsertAsync([new NewJob(Plain, Json("""{"city":"Zürich"}"""))], Now, Stop);
        _named["queued"] = queued[0].Id;
    }

    public static TheoryData<JobFilter, string> Filters => new()
    {
        { new JobFilter(), "queued blocked scheduled running retrying canceled failed succeeded" },
        { new JobFilter { Kind = "mail.send" }, "retrying succeeded" },
        { new JobFilter { Queue = "slow" }, "running failed" },
        { new JobFilter { Tag = "red" }, "failed succeeded" },
        { new JobFilter { Tag = "blue" }, "scheduled failed" },
        { new JobFilter { Tag = "blue", State = JobState.Failed }, "failed" },
        { new JobFilter { Tag = "red", Kind = "mail.send" }, "succeeded" },
        { new JobFilter { Schedule = "nightly" }, "blocked failed" },
        { new JobFilter { Project = "acme" }, "canceled" },
        { new JobFilter { Reason = FailReason.Error }, "failed" },
        { new JobFilter { Reason = FailReason.Timeout }, "" },
        { new JobFilter { Search = "Zürich" }, "queued" },
        { new JobFilter { Search = "order-1" }, "retrying" },
        { new JobFilter { Search = "it broke" }, "canceled failed" },
        { new JobFilter { Search = "nowhere" }, "" },
        { new JobFilter { State = JobState.Failed, Reason = FailReason.Error, Kind = "test" }, "failed" },
        { new JobFilter { State = JobState.Succeeded, Kind = "test" }, "" },
        { new JobFilter { State = JobState.Retrying, Search = "order" }, "retrying" },
        { new JobFilter { State = JobState.Running, Queue = "slow", Project = "default" }, "running" },
    };

    [Theory, MemberData(nameof(Filters))]
    public async Task A_filter_finds_what_fits_newest_first(JobFilter filter, string expected)
    {
        await FillAsync();

        Assert.Equal(expected, Names(await ListAsync(filter)));
    }

    [Theory, MemberData(nameof(Filters))]
    public async Task A_stretch_of_a_list_holds_what_fits_from_its_first_job_on(JobFilter filter, string expected)
    {
        await FillAsync();
        foreach (var from in _named.Values)
        {
            var fits = expected.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Where(name => _named[name].Value >= from.Value);

            Assert.Equal(string.Join(' ', fits), Names(await ListAsync(filter with { From = from })));
        }
    }

    [Fact]
    public async Task Jobs_of_a_schedule_are_listed_newest_first_however_many_came_between()
    {
        const int Between = 5_000;
        var ids = new List<JobId>();
        for (var round = 0; round < 3; round++)
        {
            ids.Add(await InsertAsync(Plain with { Schedule = "nightly" }));
            ids.Add(await InsertAsync(Plain with { Schedule = "nightly" }));
            await InsertManyAsync(Between);
            await InsertAsync(Plain with { Schedule = "hourly" });
        }
        ids.Reverse();
        var nightly = new JobFilter { Schedule = "nightly" };

        async Task<IEnumerable<JobId>> ListAsync(JobFilter filter, JobId? before, int limit) =>
            (await Jobs.ListAsync(filter, before, limit, Stop)).Select(job => job.Id);

        Assert.Equal(ids, await ListAsync(nightly, before: null, 10));
        Assert.Equal(ids.Take(3), await ListAsync(nightly, before: null, 3));
        Assert.Equal(ids.Skip(3), await ListAsync(nightly, ids[2], 10));
        Assert.Equal(ids.Take(4), await ListAsync(nightly with { From = ids[3] }, before: null, 10));
        Assert.Empty(await ListAsync(nightly, ids[^1], 10));
    }

    [Theory]
    [InlineData(JobState.Scheduled)]
    [InlineData(JobState.Blocked)]
    [InlineData(JobState.Queued)]
    [InlineData(JobState.Running)]
    [InlineData(JobState.Retrying)]
    [InlineData(JobState.Succeeded)]
    [InlineData(JobState.Failed)]
    [InlineData(JobState.Canceled)]
    public async Task Each_state_has_its_list(JobState state)
    {
        await FillAsync();

        var job = Assert.Single(await Jobs.ListAsync(new JobFilter { State = state }, before: null, 10, Stop));

        Assert.Equal(state.ToString().ToLowerInvariant(), Names([job.Id]));
        Assert.Equal(state, job.State);
    }

    public static TheoryData<JobFilter> Paged => new(
        new JobFilter(), new JobFilter { State = JobState.Queued }, new JobFilter { Tag = "t" },
        new JobFilter { Kind = "test" }, new JobFilter { Schedule = "s" });

    [Theory, MemberData(nameof(Paged))]
    public async Task Pages_follow_each_other_without_gap_and_overlap_while_jobs_come_in(JobFilter filter)
    {
        // Priorities are mixed so that the order of claims is another one than that of the ids.
        var all = new List<JobId>();
        for (var priority = 9; priority >= 0; priority--)
            all.AddRange(await InsertManyAsync(3, Plain with { Priority = priority, Tags = ["t"], Schedule = "s" }));

        var seen = new List<JobId>();
        for (IReadOnlyList<JobId> page = [new JobId(long.MaxValue)]; page.Count > 0; seen.AddRange(page))
        {
            page = await ListAsync(filter, page[^1], limit: 7);
            if (seen.Count == 0)
                await InsertManyAsync(5, Plain with { Tags = ["t"], Schedule = "s" });
        }

        Assert.Equal(all.OrderDescending(), seen);
    }

    public static TheoryData<int> Seeds => new(1, 2, Random.Shared.Next());

    [Theory, MemberData(nameof(Seeds))]
    public async Task Any_list_over_many_queues_and_kinds_is_what_a_look_at_every_job_finds(int seed)
    {
        const int JobsMax = 400, Lists = 300;
        var random = new Random(seed);
        await FillAtRandomAsync(random, JobsMax);
        var all = await Jobs.ListAsync(new JobFilter(), before: null, JobsMax, Stop);
        Assert.Equal(JobsMax, all.Count);

        for (var list = 0; list < Lists; list++)
        {
            var (filter, before, limit) = (AnyFilter(random), new JobId(random.Next(JobsMax + 2)), random.Next(1, 20));
            var found = await ListAsync(filter, before, limit);
            var expected = all.Where(job => job.Id.Value < before.Value && Fits(job, filter)).Take(limit);
            Assert.True(expected.Select(job => job.Id).SequenceEqual(found),
                $"seed {seed}: {filter} before {before}, at most {limit}, found {string.Join(' ', found)}");
        }
    }

    private async Task FillAtRandomAsync(Random random, int count)
    {
        JobEvent[] ends = [JobEvent.Succeed, JobEvent.Succeed, JobEvent.Exhaust, JobEvent.Cancel, JobEvent.Fail];
        for (var inserted = 0; inserted < count; inserted++)
        {
            var isTagged = random.Next(3) == 0;
            var id = await InsertAsync(Plain with
            {
                Queue = $"queue-{random.Next(25)}",
                Kind = $"kind-{random.Next(4)}",
                Priority = random.Next(10),
                Project = $"project-{random.Next(2)}",
                Tags = isTagged ? ["tag"] : [],
                DueAt = random.Next(8) == 0 ? Now + TimeSpan.FromHours(1) : null,
            });
            if (isTagged)
                _tagged.Add(id);
            if (inserted % 20 != 0)
                continue;
            var claimed = await ClaimAsync(slots: random.Next(15));
            await Jobs.ExchangeAsync(new Exchange(Node, [.. claimed.Where(_ => random.Next(8) > 0)
                .Select(job => Ended(job, ends[random.Next(ends.Length)]))], Claim: null, Now), Stop);
        }
    }

    private static JobFilter AnyFilter(Random random) => new()
    {
        State = random.Next(2) == 0 ? null : Enum.GetValues<JobState>()[random.Next(8)],
        Kind = random.Next(3) == 0 ? $"kind-{random.Next(5)}" : null,
        Queue = random.Next(4) == 0 ? $"queue-{random.Next(26)}" : null,
        Project = random.Next(6) == 0 ? $"project-{random.Next(2)}" : null,
        Tag = random.Next(6) == 0 ? "tag" : null,
        Reason = random.Next(8) == 0 ? (FailReason)random.Next(3) : null,
        Search = random.Next(8) == 0 ? "it broke" : null,
    };

    private bool Fits(Job job, JobFilter filter) =>
        (filter.State is null || job.State == filter.State)
        && (filter.Kind is null || job.Kind == filter.Kind)
        && (filter.Queue is null || job.Queue == filter.Queue)
        && (filter.Project is null || job.Project == filter.Project)
        && (filter.Reason is null || (job.State.IsFinal && job.Reason == filter.Reason))
        && (filter.Search is null || job.Error?.Contains(filter.Search) == true)
        && (filter.Tag is null || _tagged.Contains(job.Id));

    [Fact]
    public async Task Counters_tell_jobs_by_queue_kind_and_state()
    {
        await FillAsync();

        var counts = (await Jobs.CountAsync(Stop))
            .ToDictionary(one => (one.Queue, one.Kind, one.State), one => one.Count);

        Assert.Equal(8, counts.Count);
        Assert.All(counts.Values, count => Assert.Equal(1, count));
        Assert.Equal(1, counts[("default", "mail.send", JobState.Retrying)]);
        Assert.Equal(1, counts[("slow", "test", JobState.Running)]);
    }

    [Fact]
    public async Task Counters_add_up_the_priorities_and_come_in_order()
    {
        foreach (var (queue, kind, priority) in
            ((string, string, int)[])[("b", "x", 5), ("a", "y", 5), ("b", "x", 1), ("a", "x", 9)])
            await InsertAsync(Plain with { Queue = queue, Kind = kind, Priority = priority });
        await Jobs.CountAsync(Stop);
        await InsertAsync(Plain with { Queue = "a", Kind = "x", Priority = 0 }); // new after the first count

        Assert.Equal(
            [new JobCount("a", "x", JobState.Queued, 2), new JobCount("a", "y", JobState.Queued, 1),
                new JobCount("b", "x", JobState.Queued, 2)],
            await Jobs.CountAsync(Stop));
    }

    [Fact]
    public async Task Counters_survive_when_the_store_is_opened_again()
    {
        await FillAsync();
        var before = await Jobs.CountAsync(Stop);

        await Store.ReopenAsync();

        Assert.Equal(before, await Jobs.CountAsync(Stop));
    }
}
