using System.Text;
using System.Text.Json;
using Rota.Secrets;
using Xunit;

namespace Rota.Tests.Secrets;

public sealed class JsonMaskTests
{
    [Theory]
    [InlineData("""{"password":"x"}""", """{"password":"********"}""")]
    [InlineData("""{"db_Password_old":"x","user":"u"}""", """{"db_Password_old":"********","user":"u"}""")]
    [InlineData("""{"clientSecret":1,"a":2}""", """{"clientSecret":"********","a":2}""")]
    [InlineData("""{"access_token":null}""", """{"access_token":"********"}""")]
    [InlineData("""{"Authorization":["Bearer x"]}""", """{"Authorization":"********"}""")]
    [InlineData("""{"secret_config":{"a":"x"}}""", """{"secret_config":"********"}""")]
    [InlineData("""{"API_KEY":"x","apiKey":"y","x-api-key":"z"}""",
        """{"API_KEY":"********","apiKey":"********","x-api-key":"********"}""")]
    [InlineData("""{"a":[{"b":{"password":"x"}},true,null]}""", """{"a":[{"b":{"password":"********"}},true,null]}""")]
    [InlineData("""{ "a" : 1.50, "b" : "ä<" }""", """{"a":1.50,"b":"ä<"}""")]
    [InlineData("""{"pass\u0077ord":"x"}""", """{"password":"********"}""")]
    [InlineData("""[1,"password"]""", """[1,"password"]""")]
    [InlineData("\"text\"", "\"text\"")]
    [InlineData("""{"a":"\ud800","\ud800":1,"b":2}""", """{"a":"********","********":"********","b":2}""")]
    public void What_is_under_a_telling_name_is_masked_at_any_depth(string json, string masked)
    {
        Assert.Equal(masked, JsonMask.Mask(Encoding.UTF8.GetBytes(json)));
        Assert.Equal(masked, new Redactor().MaskJson(JsonElement.Parse(json)));
    }

    [Theory]
    [InlineData("""{"a":"x hunter2 y"}""", """{"a":"x ******** y"}""")]
    [InlineData("""{"hunter2":"a"}""", """{"********":"********"}""")]
    [InlineData("""{"my hunter2":"a"}""", """{"my ********":"a"}""")]
    [InlineData("""{"a":[123456789]}""", """{"a":["********"]}""")]
    [InlineData("""{"a":"say \"hi\""}""", """{"a":"********"}""")]
    [InlineData("""{"a":"{\"b\":\"say \\\"hi\\\"\"}"}""", """{"a":"{\"b\":\"********\"}"}""")]
    public void The_secrets_of_an_attempt_are_masked_in_names_and_values(string json, string masked)
    {
        var redactor = new Redactor();
        redactor.Add("hunter2");
        redactor.Add("345678");
        redactor.Add("say \"hi\"");

        Assert.Equal(masked, redactor.MaskJson(Encoding.UTF8.GetBytes(json)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{} {}")]
    [InlineData("password=x")]
    public void What_is_no_json_is_an_error_and_never_passed_on(string text) =>
        Assert.ThrowsAny<JsonException>(() => JsonMask.Mask(Encoding.UTF8.GetBytes(text)));
}
