using System.Diagnostics;
using System.Text;
using Rota.Supervisor.Rpc;
using Xunit;

namespace Rota.Supervisor.Tests.Rpc;

public class XmlRpcTests
{
    private static readonly object?[] Values =
    [
        "", "text", " blanks ", "<&>\"'", "ünï \ud83d\ude00", "two\nlines", 0L, -5L, 2147483647L, true, false, 1.5,
            -0.25,
        new List<object?>(), new List<object?> { 1L, "a", new List<object?> { true } },
        new OrderedDictionary<string, object?> { ["name"] = "x", ["<"] = new List<object?> { 1L } },
        new OrderedDictionary<string, object?>(),
    ];

    [Fact]
    public void What_is_written_is_read_again()
    {
        var (method, arguments) = XmlRpcReader.ReadCall(XmlRpcWriter.Call("a.b", Values));
        Assert.Equal("a.b", method);
        Assert.Equivalent(Values, arguments, strict: true);
        foreach (var value in Values)
            Assert.Equivalent(value, XmlRpcReader.ReadAnswer(XmlRpcWriter.Answer(value)), strict: true);
        var fault = Assert.Throws<XmlRpcFault>(() => XmlRpcReader.ReadAnswer(XmlRpcWriter.Fault(10, "BAD_NAME: <x>")));
        Assert.Equal((10, "BAD_NAME: <x>"), (fault.Code, fault.Message));
    }

    [Fact]
    public async Task Python_writes_the_very_same_and_reads_it()
    {
        const string script = """
            import sys, xmlrpc.client as x
            values = ["", "text", " blanks ", "<&>\"'", "ünï 😀", "two\nlines", 0, -5, 2147483647, True, False, 1.5,
                -0.25,
                      [], [1, "a", [True]], {"name": "x", "<": [1]}, {}]
            ours = sys.stdin.buffer.read().decode()
            assert x.dumps((values,), methodresponse=True) == ours, ours
            assert x.loads(ours)[0][0] == values
            """;
        using var python = Process.Start(new ProcessStartInfo("/usr/bin/python3", ["-c", script])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardError = true,
        })!;
        await python.StandardInput.BaseStream.WriteAsync(XmlRpcWriter.Answer(Values));
        python.StandardInput.Close();
        var errors = await python.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await python.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(python.ExitCode == 0, errors);
    }

    [Theory]
    [InlineData("<value>plain</value>", "plain")]
    [InlineData("<value/>", "")]
    [InlineData("<value> <string>a</string> </value>", "a")]
    [InlineData("<value><string/></value>", "")]
    [InlineData("<value><i4>7</i4></value>", 7L)]
    [InlineData("<value><i8>9999999999</i8></value>", 9999999999L)]
    [InlineData("<value><boolean>1</boolean></value>", true)]
    [InlineData("<value><nil/></value>", null)]
    [InlineData("<value><string>a<!-- b -->c</string></value>", "ac")]
    public void Other_writers_are_understood(string value, object? read) => Assert.Equal([read], XmlRpcReader.ReadCall(
        Encoding.UTF8.GetBytes(
            $"<?xml version=\"1.0\"?>\n<methodCall>\n <methodName>m</methodName>\n <params>\n <param>{value}"
        + "</param> </params>\n</methodCall>\n")).Arguments);

    [Theory]
    [InlineData("<methodCall><methodName>m</methodName><params/></methodCall>")]
    [InlineData("<methodCall><methodName>m</methodName></methodCall>")]
    public void A_call_without_arguments_is_a_call(string text) =>
        Assert.Empty(XmlRpcReader.ReadCall(Encoding.UTF8.GetBytes(text)).Arguments);

    [Fact]
    public void Values_too_deep_within_each_other_are_refused()
    {
        var deep = string.Concat(Enumerable.Repeat("<value><array><data>", 20_000));
        Assert.Throws<FormatException>(() => XmlRpcReader.ReadCall(Encoding.UTF8.GetBytes(
            $"<methodCall><methodName>m</methodName><params><param>{deep}")));
    }

    [Fact]
    public void Letters_that_xml_cannot_hold_are_replaced_so_that_the_rest_arrives() =>
        Assert.Equal("a\ufffd[31mb\ufffd", XmlRpcReader.ReadAnswer(XmlRpcWriter.Answer("a\e[31mb\0")));
}
