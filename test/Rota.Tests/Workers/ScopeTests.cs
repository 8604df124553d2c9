using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Rota.Tests.Workers;

/// <summary>Each attempt has a dependency-injection scope of its own.</summary>
public sealed class ScopeTests
{
    [Job("test.scoped")]
    internal sealed record Scoped;

    internal sealed class Resource(List<Resource> made) : IDisposable
    {
        public bool IsDisposed { get; private set; }

        public void Register()
        {
            lock (made)
                made.Add(this);
        }

        public void Dispose() => IsDisposed = true;
    }

    internal sealed class ScopedHandler(Resource resource, IServiceProvider scope, List<string> ends)
        : IJobHandler<Scoped>, IAsyncDisposable
    {
        public Task<JobResult> RunAsync(Scoped args, JobContext job, CancellationToken stop)
        {
            resource.Register();
            if (!ReferenceEquals(resource, scope.GetRequiredService<Resource>()))
                throw new InvalidOperationException("The handler is of another scope.");
            return job.Attempt == 1 ? throw new InvalidOperationException("no") : Task.FromResult(JobResult.Complete);
        }

        public ValueTask DisposeAsync()
        {
            lock (ends)
                ends.Add(resource.IsDisposed ? "after its services" : "before its services");
            return ValueTask.CompletedTask;
        }
    }

    private static Task<JobResult> Complete(TestRun args, JobContext job, CancellationToken stop) =>
        Task.FromResult(JobResult.Complete);

    [Fact]
    public async Task Two_attempts_have_two_scopes_and_both_are_disposed_after_their_handlers()
    {
        var made = new List<Resource>();
        var ends = new List<string>();
        await using var host = await TestHost.StartAsync(Complete, build: rota =>
        {
            rota.Services.AddSingleton(made).AddSingleton(ends).AddScoped<Resource>();
            rota.AddHandler<ScopedHandler>();
        });
        var options = new JobOptions { Backoff = Backoff.Fixed(TimeSpan.Zero) };

        var enqueued = await host.Client.EnqueueAsync(new Scoped(), options, TestContext.Current.CancellationToken);
        var job = await host.EndAsync(enqueued.Id);

        Assert.Equal((JobState.Succeeded, 2), (job.State, job.Attempt));
        Assert.Equal(2, made.Distinct().Count());
        Assert.All(made, resource => Assert.True(resource.IsDisposed));
        Assert.Equal(["before its services", "before its services"], ends);
    }

    [Fact]
    public async Task A_handler_whose_services_are_missing_fails_the_attempt_and_not_the_host()
    {
        await using var host = await TestHost.StartAsync(
            Complete, build: rota => rota.AddHandler<ScopedHandler>());
        var options = new JobOptions { MaxAttempts = 1 };

        var enqueued = await host.Client.EnqueueAsync(new Scoped(), options, TestContext.Current.CancellationToken);

        Assert.Equal(JobState.Failed, (await host.EndAsync(enqueued.Id)).State);
        Assert.Equal(JobState.Succeeded, (await host.RunAsync()).State);
    }
}
