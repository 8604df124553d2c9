using Rota.Jobs;

namespace Rota.Stores.Tests;

/// <summary>What inserting jobs must do, their keys and their limits included.</summary>
public abstract class JobInsertContract : StoreContract
{
    [Fact]
    public async Task A_job_comes_back_as_it_was_asked_for()
    {
        var template = Plain with
        {
            Kind = "invoice.send",
            Queue = "mail",
            Priority = 2,
            Project = "acme",
            Key = "invoice-7",
            Tags = ["red", "blue"],
            Schedule = "nightly",
            Settings = new JobSettings
            {
                MaxAttempts = 7,
                Timeout = TimeSpan.FromSeconds(90),
                Backoff = Backoff.Linear(TimeSpan.FromMinutes(10)),
                Metadata = new Dictionary<string, string> { ["who"] = "Ann" },
            }.ToJson(),
        };
        var id = (await Jobs.InsertAsync([new NewJob(template, Json("""{"n":7}"""))], Now, Stop))[0].Id;

        var job = await GetAsync(id);

        Assert.Equal(("invoice.send", "mail", 2, "acme", "invoice-7", "nightly", Start, JobState.Queued, 0),
            (job.Kind, job.Queue, job.Priority, job.Project, job.Key, job.Schedule, job.CreatedAt, job.State,
                job.Attempt));
        Assert.Equal("""{"n":7}""", Text(job.Args));
        Assert.Equal(["blue", "red"], job.Tags);
        var settings = JobSettings.Parse(job.Settings);
        Assert.Equal((7, TimeSpan.FromSeconds(90), "Ann"),
            (settings.MaxAttempts, settings.Timeout, settings.Metadata!["who"]));
        Assert.Equal(TimeSpan.FromMinutes(20), settings.Backoff!.After(2, random: 0));
    }

    [Fact]
    public async Task Ids_grow_in_the_order_given()
    {
        var ids = await InsertManyAsync(100);

        Assert.Equal(ids.Order(), ids);
        Assert.Equal(100, ids.Distinct().Count());
    }

    [Fact]
    public async Task Ten_thousand_jobs_go_in_at_once_and_all_are_counted()
    {
        var ids = await InsertManyAsync(10_000);

        Assert.Equal(10_000, ids.Distinct().Count());
        Assert.Equal(10_000, Assert.Single(await Jobs.CountAsync(Stop)).Count);
    }

    [Fact]
    public async Task Nothing_is_inserted_for_an_empty_list() =>
        Assert.Empty(await Jobs.InsertAsync([], Now, Stop));

    [Fact]
    public async Task A_mebibyte_of_arguments_comes_back_unchanged()
    {
        var args = Json($"\"{new string('x', (1 << 20) - 2)}\"");
        var id = (await Jobs.InsertAsync([new NewJob(Plain, args)], Now, Stop))[0].Id;

        var stored = (await GetAsync(id)).Args;
        Assert.True(args.Span.SequenceEqual(stored.Span));
    }

    [Fact]
    public async Task A_due_time_in_the_future_makes_a_job_scheduled()
    {
        var id = await InsertAsync(Plain with { DueAt = Now + TimeSpan.FromSeconds(1) });

        var job = await GetAsync(id);
        Assert.Equal((JobState.Scheduled, Now + TimeSpan.FromSeconds(1)), (job.State, job.DueAt));
    }

    [Fact]
    public async Task A_due_time_that_is_over_makes_a_job_queued() =>
        Assert.Equal(JobState.Queued, await StateAsync(await InsertAsync(Plain with { DueAt = Now })));

    [Fact]
    public async Task A_second_job_with_the_same_key_is_refused()
    {
        await InsertAsync(Plain with { Key = "k" });

        var error = await Assert.ThrowsAsync<ConflictException>(() => InsertAsync(Plain with { Key = "k" }));

        Assert.Equal("job.key_taken", error.Code);
    }

    [Fact]
    public async Task A_key_stays_taken_after_its_job_has_ended()
    {
        await EndAsync(await InsertAndClaimAsync(Plain with { Key = "k" }), JobEvent.Succeed);

        await Assert.ThrowsAsync<ConflictException>(() => InsertAsync(Plain with { Key = "k" }));
    }

    [Fact]
    public async Task Two_projects_may_use_the_same_key()
    {
        var one = await InsertAsync(Plain with { Key = "k" });
        var two = await InsertAsync(Plain with { Key = "k", Project = "acme" });

        Assert.Equal(one, await Jobs.FindKeyAsync("default", "k", Stop));
        Assert.Equal(two, await Jobs.FindKeyAsync("acme", "k", Stop));
    }

    [Fact]
    public async Task A_key_that_nobody_has_finds_nothing() =>
        Assert.Null(await Jobs.FindKeyAsync("default", "nobody", Stop));

    [Fact]
    public async Task A_refused_job_takes_the_whole_list_of_its_call_with_it()
    {
        await InsertAsync(Plain with { Key = "k" });

        await Assert.ThrowsAsync<ConflictException>(() => Jobs.InsertAsync(
            [new NewJob(Plain, NoArgs), new NewJob(Plain with { Key = "k" }, NoArgs)], Now, Stop));

        Assert.Equal(1, Assert.Single(await Jobs.CountAsync(Stop)).Count);
    }

    [Fact]
    public async Task A_refused_call_does_not_spoil_its_neighbours_in_the_same_commit()
    {
        await InsertAsync(Plain with { Key = "k" });

        var calls = Enumerable.Range(0, 500)
            .Select(n => InsertAsync(n % 10 == 3 ? Plain with { Key = "k" } : Plain))
            .ToList();
        var refused = 0;
        foreach (var call in calls)
        {
            if (await Record.ExceptionAsync(() => call) is { } error)
            {
                Assert.IsType<ConflictException>(error);
                refused++;
            }
        }

        Assert.Equal(50, refused);
        Assert.Equal(451, Assert.Single(await Jobs.CountAsync(Stop)).Count);
        Assert.Equal(451, (await Store.PlacesAsync()).Count);
    }

    [Fact]
    public async Task Ids_are_not_used_again_after_their_jobs_are_deleted_and_the_store_is_opened_again()
    {
        var last = (await InsertManyAsync(3))[^1];
        foreach (var job in await ClaimAsync())
            await EndAsync(Ended(job, JobEvent.Succeed) with { IsKept = false });
        Assert.Empty(await Store.PlacesAsync());

        await Store.ReopenAsync();

        Assert.True(await InsertAsync() > last);
    }

    [Fact]
    public async Task A_ready_job_wakes_the_worker()
    {
        var isSet = Store.Signals.Ready.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, Stop);

        await InsertAsync();

        Assert.True(await isSet);
    }

    [Fact]
    public async Task A_scheduled_job_wakes_who_waits_for_due_times()
    {
        var isSet = Store.Signals.Waiting.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, Stop);

        await InsertAsync(Plain with { DueAt = Now + TimeSpan.FromHours(1) });

        Assert.True(await isSet);
    }

    [Fact]
    public async Task A_job_that_is_not_there_is_null() => Assert.Null(await Jobs.FindAsync(new JobId(4711), Stop));

    [Fact]
    public async Task A_retry_names_the_job_that_it_repeats()
    {
        var old = await InsertAsync();

        Assert.Equal(old, (await GetAsync(await InsertAsync(Plain with { RetryOf = old }))).RetryOf);
    }

    [Fact]
    public async Task Calls_one_by_one_and_then_many_at_once_are_all_stored_once()
    {
        const int Single = 100, Callers = 32, Each = 10;
        for (var call = 0; call < Single; call++)
            await InsertAsync();
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(async _ =>
        {
            for (var call = 0; call < Each; call++)
                await InsertAsync();
        }));

        var places = await Store.PlacesAsync();
        Assert.Equal(Single + Callers * Each, places.Count);
        Assert.All(places.Values, place => Assert.Equal(["ready"], place));
        Assert.Equal(places.Count, Assert.Single(await Jobs.CountAsync(Stop)).Count);
    }
}
