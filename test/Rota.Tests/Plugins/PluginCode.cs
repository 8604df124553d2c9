namespace Rota.Tests.Plugins;

/// <summary>Sources of plug-ins for the tests.</summary>
internal static class PluginCode
{
    /// <summary>A handler whose jobs say which version ran them, once the file named by <c>gate</c> is there.</summary>
    public static string Saying(string kind, string word) => $$"""
        public sealed record Said(string Word);
        [Job("{{kind}}")]
        public sealed record Ask(string? Gate = null);
        public sealed class AskHandler(ILogger<AskHandler> log, AskClient client) : IJobHandler<Ask>
        {
            public async Task<JobResult> RunAsync(Ask args, JobContext job, CancellationToken stop)
            {
                log.LogInformation("{Word} begins", client.Word);
                while (args.Gate is not null && !File.Exists(args.Gate))
                    await Task.Delay(10, stop);
                return JobResult.CompleteWith(new Said(client.Word));
            }
        }
        public sealed class AskClient(IntegrationHttp http) : IntegrationClient(http)
        {
            public string Word =>
                JsonSerializer.Deserialize<Said>(JsonSerializer.Serialize(new Said("{{word}}")))!.Word;
        }
        """;

    public const string ThrowingStatic = """
        [Job("static.throws")]
        public sealed record Never;
        public sealed class NeverHandler : IJobHandler<Never>
        {
            private static readonly string Value = Fail();
            private static string Fail() => throw new InvalidOperationException("no luck today " + Value);
            public Task<JobResult> RunAsync(Never args, JobContext job, CancellationToken stop) =>
                Task.FromResult(JobResult.Complete);
        }
        """;

    public const string Dependency = """
        namespace Dependency;
        public static class Greeter { public static string Greet(string name) => "Moin, " + name; }
        """;

    public const string UsesDependency = """
        [Job("needs.dependency")]
        public sealed record Greet(string Name);
        public sealed class GreetHandler : IJobHandler<Greet>
        {
            public Task<JobResult> RunAsync(Greet args, JobContext job, CancellationToken stop) =>
                Task.FromResult(JobResult.CompleteWith(Dependency.Greeter.Greet(args.Name)));
        }
        """;
}
