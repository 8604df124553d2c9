using System.Collections.Concurrent;
using System.Diagnostics;
using Xunit;

namespace Rota.Tests.Workers;

public sealed class AttemptTraceTests
{
    [Fact]
    public async Task An_attempt_is_a_span_and_what_the_handler_does_stands_under_it()
    {
        // Names of this test alone: other tests of this process run jobs too, and are heard as well.
        const string Queue = "traced";
        var ended = new ConcurrentQueue<Activity>();
        using var source = new ActivitySource("test of traces");
        using var listener = new ActivityListener
        {
            ShouldListenTo = candidate => candidate.Name is "Rota" || candidate == source,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using var host = await TestHost.StartAsync((args, _, _) =>
        {
            using var inner = source.StartActivity("inner");
            return Task.FromResult(args.Number == 1 ? JobResult.Complete : JobResult.Fail("it broke"));
        });

        var good = await host.EnqueueAsync(new JobOptions { Queue = Queue, MaxAttempts = 1 }, number: 1);
        await host.EndAsync(good);
        var bad = await host.EnqueueAsync(new JobOptions { Queue = Queue, MaxAttempts = 1 }, number: 2);
        await host.EndAsync(bad);

        var spans = ended.Where(span => Queue.Equals(span.GetTagItem("rota.job.queue"))).ToList();
        Assert.Equal([good.Value, bad.Value], spans.Select(span => span.GetTagItem("rota.job.id")));
        Assert.All(spans, span => Assert.Equal(("test.run", ActivityKind.Consumer), (span.DisplayName, span.Kind)));
        Assert.Equal(["succeeded", "failed"], spans.Select(span => span.GetTagItem("rota.job.outcome")));
        Assert.Equal(ActivityStatusCode.Unset, spans[0].Status);
        Assert.Equal((ActivityStatusCode.Error, "it broke"), (spans[1].Status, spans[1].StatusDescription));
        Assert.Equal(spans.Select(span => span.SpanId),
            ended.Where(span => span.Source == source).Select(span => span.ParentSpanId));
    }
}
