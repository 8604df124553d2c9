using Rota.Supervisor.Client;
using Rota.Supervisor.Rpc;
using Xunit;

namespace Rota.Supervisor.Tests.Rpc;

/// <summary>Methods that supervisord has not, by its protocol.</summary>
public class RotaMethodTests
{
    private const string Program = """
        [program:say]
        command=/bin/sh -c 'seq 100; exec sleep 1000'
        startsecs=0
        """;

    [Fact]
    public async Task A_log_is_searched_and_the_method_is_listed_apart()
    {
        await using var host = RpcHost.Start(Program);
        var proxy = new ServerProxy(host.Address);
        var options = new OrderedDictionary<string, object?> { ["context"] = 1, ["limit"] = 2 };
        OrderedDictionary<string, object?> answer;
        do
            answer = await SearchAsync(proxy, "say", "stdout", "9[89]$", options);
        while (((List<object?>)answer["matches"]!).Count < 2);
        var last = (OrderedDictionary<string, object?>)((List<object?>)answer["matches"]!)[1]!;
        Assert.Equal(("99", 99L, false), ((string)last["text"]!, (long)last["line"]!, (bool)answer["cut"]!));
        Assert.Equal(["98"], (List<object?>)last["before"]!);
        Assert.Equal(["100"], (List<object?>)last["after"]!);

        Assert.Contains("rota.searchLog", (List<object?>)(await proxy.CallAsync("rota.listMethods"))!);
        Assert.DoesNotContain("rota.searchLog", (List<object?>)(await proxy.CallAsync("system.listMethods"))!);
    }

    [Fact]
    public async Task What_is_wrong_with_a_search_is_a_fault_that_says_so()
    {
        await using var host = RpcHost.Start(Program);
        var proxy = new ServerProxy(host.Address);
        var pattern = await Assert.ThrowsAsync<XmlRpcFault>(() => SearchAsync(proxy, "say", "stdout", "(", []));
        Assert.StartsWith("BAD_ARGUMENTS: pattern is wrong", pattern.Message, StringComparison.Ordinal);
        var channel = await Assert.ThrowsAsync<XmlRpcFault>(() => SearchAsync(proxy, "say", "both", "a", []));
        Assert.Equal("BAD_ARGUMENTS: channel is neither stdout nor stderr", channel.Message);
        var name = await Assert.ThrowsAsync<XmlRpcFault>(() => SearchAsync(proxy, "nobody", "stdout", "a", []));
        Assert.Equal("BAD_NAME: nobody", name.Message);
    }

    [Fact]
    public async Task Several_are_stopped_by_one_call()
    {
        await using var host = RpcHost.Start(Program + "\n[program:also]\ncommand=/bin/sleep 1000\nstartsecs=0\n");
        var proxy = new ServerProxy(host.Address);
        await proxy.CallAsync("startAllProcesses");
        var results = await proxy.ResultsAsync("rota.stopProcesses", (object)new[] { "say", "also:*" }, true);
        Assert.Equal(["also OK", "say OK"], results.Select(one => $"{one.Name} {one.Description}").Order());
        var fault = await Assert.ThrowsAsync<XmlRpcFault>(() => proxy.CallAsync("rota.stopProcesses", "say", true));
        Assert.Equal("INCORRECT_PARAMETERS", fault.Message);
    }

    [Fact]
    public async Task An_update_of_what_has_not_changed_does_nothing()
    {
        await using var host = RpcHost.Start(Program);
        var proxy = new ServerProxy(host.Address);
        Assert.Empty(await proxy.ResultsAsync("rota.rollingUpdate", "say"));
        var fault = await Assert.ThrowsAsync<XmlRpcFault>(() => proxy.CallAsync("rota.rollingUpdate", "nobody"));
        Assert.Equal("BAD_NAME: nobody", fault.Message);
    }

    private static async Task<OrderedDictionary<string, object?>> SearchAsync(ServerProxy proxy, string name,
        string channel, string pattern, OrderedDictionary<string, object?> options) =>
        (OrderedDictionary<string, object?>)(await proxy.CallAsync("rota.searchLog", name, channel, pattern, options))!;
}
